/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * While the connection table is full, a hash stands in for it: a service whose scheduler chooses by the packet alone finds the same real
 * server for every packet of a connection, and direct routing and tunnelling need to remember nothing else. Twin: src/lvs/stateless.ts.
 */
#ifndef WEIR_STATELESS_H
#define WEIR_STATELESS_H

#include "../schedule/schedule.h"
#include "connection.h"

static __always_inline int service_is_stateless(const struct weir_service *service)
{
	return !service->persistence && scheduler_is_stateless(service->scheduler);
}

/*
 * May there be connections that had no room in the table? So long after it was full as an established one may be silent.
 */
static __always_inline int was_full(const struct weir_settings *settings, __u32 now)
{
	struct weir_progress *shared;
	__u32 first = 0;

	shared = bpf_map_lookup_elem(&progress, &first);
	return shared && shared->full && ticks_since(shared->full_at, now) < settings->timeouts[WEIR_STATE_ESTABLISHED];
}

#endif
