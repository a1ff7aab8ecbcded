/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_EVENTS_TEMPLATE_H
#define WEIR_EVENTS_TEMPLATE_H

#include "teller.h"

/* Global, so that it is verified once and has a stack of its own. */
__noinline int event_template(const struct weir_template *template, __u32 kind)
{
	struct weir_settings *settings = weir_settings_get();
	struct weir_destination *destination;
	struct weir_event *event;
	__u32 index;

	if (EXPLAINS || !template)
		return 0;
	event = event_begin(settings, kind);
	if (!event)
		return 0;
	event->flags = WEIR_EVENT_IS_TEMPLATE;
	if (template->flags & WEIR_TEMPLATE_HIDDEN)
		event->flags |= WEIR_EVENT_IS_HIDDEN;
	if (template->flags & WEIR_TEMPLATE_ASSURED)
		event->flags |= WEIR_EVENT_IS_ASSURED;
	event->protocol = template->key.protocol;
	event->family = template->key.family;
	__builtin_memcpy(event->client, template->key.client, sizeof(event->client));
	__builtin_memcpy(event->virtual_address, template->key.address, sizeof(event->virtual_address));
	event->virtual_port = template->key.port;
	event->server_port = template->port;
	index = template->destination;
	destination = bpf_map_lookup_elem(&destinations, &index);
	if (destination) {
		event->server_family = destination->family;
		__builtin_memcpy(event->server, destination->address, sizeof(event->server));
	}
	event_end(event);
	return 0;
}

static __always_inline void tell_template(const struct weir_template *template, __u32 kind)
{
	struct weir_settings *settings = weir_settings_get();

	if (settings && is_observed(settings, kind))
		event_template(template, kind);
}

#endif
