/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program that reads the Call-ID of a packet. That is also where a real server calls a client: a datagram from its own address and port
 * starts a connection as from its service, through the template of the call (ip_vs_new_conn_out). TC only. The twin is src/lvs/output.ts.
 */
#ifndef WEIR_CALL_OUT_H
#define WEIR_CALL_OUT_H

#include "../connection/create.h"
#include "../own/heard.h"
#include "../persist/persist.h"
#include "call_id.h"
#include "caller.h"

/* Of two real servers the one that calls a client's port last has it. */
static __always_inline void give_up_port(const struct weir_settings *settings, const struct weir_flow *flow, __u32 now)
{
	struct weir_connection *entry = connection_find(settings, flow);

	if (entry && entry->role == WEIR_ROLE_REQUEST)
		connection_end(settings, flow, entry, entry->state, now, WEIR_EVENT_CLOSED);
}

/* Makes the connection of handover->packet, whose flow is as the client would send it; -1 if there is none. */
static __always_inline int call_connect(const struct weir_settings *settings, struct handover *handover, struct weir_service *service,
					const struct weir_caller *caller)
{
	const struct packet *packet = &handover->packet;
	struct found_service found = { .port = caller->service.port };
	__u32 index = caller->destination, id = service->id, serial = 0;
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);

	if (!destination || destination->service != id || destination->method != WEIR_METHOD_MASQUERADE)
		return -1;
	handover->one_packet = service->flags & WEIR_SERVICE_ONE_PACKET;
	if (persist(settings, handover, service, &found, index, &serial))
		return -1;
	if (!handover->one_packet)
		give_up_port(settings, &packet->flow, handover->now);
	connection_fill(settings, packet, index, destination->port ? destination->port : packet->flow.target_port, destination,
			handover->now, &handover->entry);
	handover->entry.template = serial;
	handover->entry.flags = WEIR_CONNECTION_ANSWERED;
	if (!handover->one_packet)
		return connection_create(settings, packet, id, &handover->entry) ? 0 : -1;
	return connection_once(settings, &packet->flow, &handover->entry, id);
}

/* handover->entry is the reply entry afterwards. */
static __always_inline int call_client(const struct weir_settings *settings, struct handover *handover, const struct weir_caller *caller)
{
	struct weir_service *service = bpf_map_lookup_elem(&services, &caller->service);
	struct weir_flow *flow = &handover->packet.flow, own = *flow;
	int failed;

	if (!service || !service->persistence || !(service->flags & WEIR_SERVICE_SIP))
		return -1;
	address_copy(flow->source, own.target);
	flow->source_port = own.target_port;
	address_copy(flow->target, caller->service.address);
	flow->target_port = caller->service.port;
	failed = call_connect(settings, handover, service, caller);
	*flow = own;
	handover->entry.role = WEIR_ROLE_REPLY;
	address_copy(handover->entry.address, caller->service.address);
	handover->entry.port = caller->service.port;
	return failed;
}

/* The program for it; the packet then goes on where it came from, with its Call-ID. */
static __always_inline int read_call(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	const struct weir_caller *caller;
	const struct packet *packet;
	__u32 begin;

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	begin = packet->transport + sizeof(struct udphdr);
	handover->call = call_read(ctx, begin, packet->length + sizeof(struct ethhdr)) ? CALL_MISSING : CALL_READ;
	caller = handover->call == CALL_READ ? caller_find(settings, packet) : NULL;
	if (caller && ip_checksum_is_right(ctx, packet) && is_forwarded(ctx, packet, &handover->hop) &&
	    !call_client(settings, handover, caller))
		handover->call = CALL_MADE;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_START);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

#endif
