/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_EVENTS_CONNECTION_H
#define WEIR_EVENTS_CONNECTION_H

#include "../connection/partner.h"
#include "teller.h"

/* The real server at the end of a tunnel may be of another family than the connection: its destination tells. */
static __always_inline void event_server(struct weir_event *event, const struct weir_connection *entry)
{
	__u32 index = entry->destination;
	struct weir_destination *destination;

	event->server_port = entry->port;
	event->server_family = FAMILY;
	address_copy(event->server, entry->address);
	if (entry->method != WEIR_METHOD_TUNNEL)
		return;
	destination = bpf_map_lookup_elem(&destinations, &index);
	if (!destination)
		return;
	event->server_family = destination->family;
	__builtin_memcpy(event->server, destination->address, sizeof(event->server));
}

static __always_inline void event_source(const struct weir_settings *settings, struct weir_event *event,
					 const struct weir_flow *flow, const struct weir_connection *entry)
{
	struct weir_flow key = *flow;
	const struct weir_partner *partner;

	if (entry->method != WEIR_METHOD_FULL_NAT)
		return;
	partner = partner_find(settings, &key);
	if (!partner)
		return;
	event->flags |= WEIR_EVENT_HAS_SOURCE;
	event->source_port = partner->port;
	address_copy(event->source, partner->address);
}

/* `entry` is the request entry of `flow`; `state` its last one. Global, so that it is verified once and has a stack of its own. */
__noinline int event_connection(const struct weir_flow *flow, const struct weir_connection *entry, __u32 kind, __u32 state)
{
	struct weir_settings *settings = weir_settings_get();
	struct weir_event *event;

	if (EXPLAINS || !flow || !entry)
		return 0;
	event = event_begin(settings, kind);
	if (!event)
		return 0;
	event->state = state;
	event->protocol = flow->protocol;
	event->family = FAMILY;
	address_copy(event->client, flow->source);
	address_copy(event->virtual_address, flow->target);
	event->client_port = flow->source_port;
	event->virtual_port = flow->target_port;
	event_server(event, entry);
	event_source(settings, event, flow, entry);
	event_end(event);
	return 0;
}

static __always_inline void tell_connection(const struct weir_settings *settings, const struct weir_flow *flow,
					    const struct weir_connection *entry, __u32 kind, __u32 state)
{
	if (is_observed(settings, kind))
		event_connection(flow, entry, kind, state);
}

#endif
