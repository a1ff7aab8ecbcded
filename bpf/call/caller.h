/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets whose Call-ID has to be read before they can start a connection: of services with the engine `sip`, and of their real servers. */
#ifndef WEIR_CALLER_H
#define WEIR_CALLER_H

#include "../connection/connection.h"
#include "../handover.h"
#include "../lookup/service_key.h"
#include "call.h"

/* The real server that a datagram comes from, if it may call clients. Not inlined: what it needs of the stack is free again after it. */
static __noinline const struct weir_caller *caller_find(const struct weir_settings *settings, const struct packet *packet)
{
	struct weir_service_key key;

	if (!settings->callers || packet->flow.protocol != IPPROTO_UDP)
		return NULL;
	service_key_from(&packet->flow, &key);
	return bpf_map_lookup_elem(&callers, &key);
}

/* True for a packet of a service that needs to know its Call-ID, and does not yet. */
static __always_inline int service_reads_call(const struct weir_service *service, const struct handover *handover)
{
	return service->persistence && (service->flags & WEIR_SERVICE_SIP) && handover->packet.flow.protocol == IPPROTO_UDP &&
	       !handover->by_quote && handover->call == CALL_UNREAD;
}

static __always_inline int may_be_call(const struct weir_settings *settings, const struct handover *handover)
{
	return !handover->by_quote && handover->call == CALL_UNREAD && caller_find(settings, &handover->packet);
}

/* Does not come back but with the reason why not. */
static __always_inline __u32 leave_to_reader(struct weir_context *ctx)
{
#if defined(WEIR_TC)
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_CALLER);
	return WEIR_REASON_INTERNAL;
#else
	(void)ctx;
	return WEIR_REASON_LEFT_TO_TC;
#endif
}

/* The connection that a real server has made by calling a client: its reply entry, which the packet belongs to. */
static __always_inline __u32 call_carried(const struct weir_settings *settings, struct handover *handover,
					  struct weir_connection **connection)
{
	const struct packet *packet = &handover->packet;
	struct weir_connection *entry = &handover->entry;

	if (!handover->one_packet && !EXPLAINS)
		entry = connection_find(settings, &packet->flow);
	if (!entry || entry->role != WEIR_ROLE_REPLY)
		return WEIR_REASON_INTERNAL;
	connection_explain(settings, &packet->flow, entry, entry->role);
	*connection = entry;
	return WEIR_REASON_NONE;
}

#endif
