/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet without a connection: it starts one, or is left to the stack, or dropped. Twin: src/lvs/schedule.ts. */
#ifndef WEIR_START_H
#define WEIR_START_H

#include "carry.h"
#include "create.h"
#include "handover.h"
#include "lookup.h"
#include "schedule.h"

/* Schedules the packet and makes its connection; WEIR_REASON_NONE, or why there is none. */
static __always_inline __u32 start_connection(struct weir_context *ctx, const struct weir_settings *settings,
					      struct handover *handover, struct weir_connection **connection)
{
	const struct packet *packet = &handover->packet;
	struct weir_service *service = service_find(packet);
	struct weir_destination *destination;
	__u32 index = 0, id;

	if (!service)
		return WEIR_REASON_NO_SERVICE;
	if (!ip_checksum_is_right(ctx, packet))
		return WEIR_REASON_IP_CHECKSUM;
	if (packet->flow.protocol == IPPROTO_TCP && tcp_event(packet->tcp_flags) != TCP_EVENT_SYN)
		return WEIR_REASON_NOT_SYN;
	if (packet->flow.source_port == bpf_htons(20))
		return WEIR_REASON_SOURCE_PORT_20;
	id = service->id;
	schedule_flow_of(packet, &handover->flow);
	if (schedule(service, &handover->flow, &index))
		return WEIR_REASON_NO_DESTINATION;
	destination = bpf_map_lookup_elem(&destinations, &index);
	/* A change of the table uses the memory of a replaced service for the next: never a server of another service. */
	if (!destination || destination->service != id)
		return WEIR_REASON_INTERNAL;
	*connection = connection_create(settings, packet, index, destination->port, destination, handover->now);
	return *connection ? WEIR_REASON_NONE : WEIR_REASON_TABLE_FULL;
}

static __always_inline int start(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	struct weir_connection *connection = NULL;
	const struct packet *packet;
	__u32 reason, now;

	if (!settings || !handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	now = handover->now;
	reason = left_to_tc(start_connection(ctx, settings, handover, &connection));
	if (is_told(reason))
		return tell(ctx, packet, now, reason, 0, NO_REPLIER);
	if (reason || !connection)
		return refuse(reason);
	return connection->role == WEIR_ROLE_REPLY ? carry_reply(ctx, settings, packet, connection, now)
						   : carry_request(ctx, settings, packet, connection, now);
}

#endif
