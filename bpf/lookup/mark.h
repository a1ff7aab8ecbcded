/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Firewall marks: those that netfilter has set, and those of the director's own rules (`weir mark`). */
#ifndef WEIR_MARK_H
#define WEIR_MARK_H

#include "../context.h"
#include "service_key.h"

/* The mark of a packet to `key`: its own, else by the rules, the very port before any. */
static __always_inline __u32 mark_by_key(struct weir_context *ctx, const struct weir_settings *settings,
					 struct weir_service_key *key)
{
	__be16 port = key->port;
	__u32 own = context_mark(ctx), *mark;

	if (own || !settings->marks)
		return own;
	mark = bpf_map_lookup_elem(&marks, key);
	if (!mark) {
		key->port = 0;
		mark = bpf_map_lookup_elem(&marks, key);
		key->port = port;
	}
	return mark ? *mark : 0;
}

/* The same for a packet of this flow. Not inlined: what it needs of the stack is free again after it. */
static __noinline __u32 mark_of(struct weir_context *ctx, const struct weir_settings *settings, const struct weir_flow *flow)
{
	struct weir_service_key key;

	service_key_of(flow, &key);
	return mark_by_key(ctx, settings, &key);
}

#endif
