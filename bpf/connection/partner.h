/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Full NAT puts a source of the director in place of the client. Each of the two entries of such a connection has a partner, under the
 * same flow: what stands at the client's end of the packets of the other direction. For a request that is the source, for a reply the
 * client. A table of its own, so that the entries of all other connections stay short.
 */
#ifndef WEIR_PARTNER_H
#define WEIR_PARTNER_H

#include "../explain/explain.h"
#include "shard.h"

/* They lie in shards as the connections do. */
static __always_inline void *partner_shard(const struct weir_settings *settings, const struct weir_flow *flow)
{
	__u32 shard = shard_of(settings, flow);

	return bpf_map_lookup_elem(&weir_partners, &shard);
}

static __always_inline struct weir_partner *partner_find(const struct weir_settings *settings, const struct weir_flow *flow)
{
	struct weir_partner *made = explain_made_partner(flow);
	void *partners;

	if (made)
		return made;
	partners = partner_shard(settings, flow);
	return partners ? bpf_map_lookup_elem(partners, flow) : NULL;
}

static __always_inline int partner_add(const struct weir_settings *settings, const struct weir_flow *flow,
				       const struct weir_partner *partner)
{
	void *partners = partner_shard(settings, flow);

	return partners ? bpf_map_update_elem(partners, flow, partner, BPF_NOEXIST) : -1;
}

static __always_inline void partner_erase(const struct weir_settings *settings, const struct weir_flow *flow)
{
	void *partners = partner_shard(settings, flow);

	if (partners)
		bpf_map_delete_elem(partners, flow);
}

#endif
