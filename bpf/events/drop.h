/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_EVENTS_DROP_H
#define WEIR_EVENTS_DROP_H

#include "../parse/parse.h"
#include "teller.h"

/* The packet at hand, read once more: who drops it may not have come as far. Not on the stack, which IPv6 fills. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet);
} dropped_packets SEC(".maps");

/* True if the packet was read as far as its addresses; `reason` is what parse() says of it. */
static __always_inline int has_addresses(__u32 reason)
{
	return reason != WEIR_REASON_NOT_IP && reason != WEIR_REASON_NOT_FOR_US && reason != WEIR_REASON_MALFORMED;
}

/* Global, so that it is verified once and has a stack of its own. */
__noinline int event_drop(struct weir_context *ctx, __u32 reason)
{
	struct weir_settings *settings = weir_settings_get();
	__u32 first = 0, read, length = context_length(ctx);
	struct packet *packet = bpf_map_lookup_elem(&dropped_packets, &first);
	struct weir_event *event;

	if (EXPLAINS || !packet)
		return 0;
	__builtin_memset(packet, 0, sizeof(*packet));
	read = parse(ctx, packet);
	event = event_begin(settings, WEIR_EVENT_DROPPED);
	if (!event)
		return 0;
	event->reason = reason;
	event->length = length;
	if (has_addresses(read)) {
		event->family = FAMILY;
		event->protocol = packet->flow.protocol;
		event->flags = read ? 0 : WEIR_EVENT_HAS_PORTS;
		event->client_port = packet->flow.source_port;
		event->virtual_port = packet->flow.target_port;
		address_copy(event->client, packet->flow.source);
		address_copy(event->virtual_address, packet->flow.target);
	}
	event_end(event);
	return 0;
}

/* A packet that is dropped, while it still is as it came. A fragment that waits for the others is not lost. */
static __always_inline void tell_drop(struct weir_context *ctx, __u32 reason)
{
	struct weir_settings *settings;

	if (EXPLAINS || reason == WEIR_REASON_FRAGMENT_HELD)
		return;
	settings = weir_settings_get();
	if (settings && is_observed(settings, WEIR_EVENT_DROPPED))
		event_drop(ctx, reason);
}

#endif
