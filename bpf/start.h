/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet without a connection: it starts one, or is left to the stack, or dropped. Twins: src/lvs/input.ts, src/lvs/schedule.ts. */
#ifndef WEIR_START_H
#define WEIR_START_H

#include "call/caller.h"
#include "connection/create.h"
#include "connection/stateless.h"
#include "forward/carry.h"
#include "fragment/give_back.h"
#include "own/stray.h"
#include "persist/persist.h"
#include "route/delivered.h"
#include "route/martian.h"
#if defined(WEIR_TC)
#include "own/deliver.h"
#include "own/heard.h"
#endif

/* The packet as schedulers see it. */
static __always_inline void schedule_flow_of(const struct packet *packet, struct schedule_flow *flow)
{
	__builtin_memset(flow, 0, sizeof(*flow));
	address_copy(flow->source, packet->flow.source);
	address_copy(flow->target, packet->flow.target);
	flow->source_port = packet->flow.source_port;
	flow->target_port = packet->flow.target_port;
	flow->protocol = packet->flow.protocol;
	flow->family = FAMILY;
}

/* The real server of the connection that the packet has replaced has it no longer; schedulers have seen it with that one. */
static __always_inline void leave_behind(struct handover *handover)
{
	if (!handover->packet.replaces)
		return;
	handover->packet.replaces = 0;
	if (!EXPLAINS)
		load_end(handover->replaced, handover->replaced_state);
}

/* With drop_packet every am_droprate-th packet that would start a connection is refused (ip_vs_todrop). */
static __always_inline int must_shed(const struct weir_settings *settings)
{
	struct weir_progress *shared;
	__u32 first = 0, rate = settings->am_droprate;

	if (settings->drop_packet != WEIR_ALWAYS)
		return 0;
	shared = bpf_map_lookup_elem(&progress, &first);
	if (EXPLAINS)
		return shared && (rate <= 1 || shared->offered % rate == 0);
	return shared && (rate <= 1 || __sync_fetch_and_add(&shared->offered, 1) % rate == 0);
}

/*
 * Without a real server: sent past them (forward/bypass.h), left to the stack if it only came near an FTP service, else refused (ip_vs_leave). Comes
 * back only with the reason why not.
 */
static __always_inline __u32 leave(struct weir_context *ctx, const struct weir_settings *settings, struct handover *handover,
				   const struct found_service *found)
{
	const __be16 ftp = bpf_htons(FTP_PORT);

#if defined(WEIR_TC)
	if (found->mark && settings->cache_bypass && !handover->by_quote) {
		leave_behind(handover);
		handover->from = HANDED_BY_START;
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_BYPASSER);
	}
#else
	(void)ctx;
	(void)settings;
#endif
	return !found->mark && found->port == ftp && handover->packet.flow.target_port != ftp ? WEIR_REASON_OTHER_PORT_OF_FTP
											       : WEIR_REASON_NO_DESTINATION;
}

/* 3 s in ticks: of a connection whose first packet has not come yet. */
#define FIRST_TIMEOUT 2861

/* Chooses the real server and fills handover->entry; WEIR_REASON_NONE, or why there is none. */
static __always_inline __u32 start_choose(struct weir_context *ctx, const struct weir_settings *settings, struct handover *handover,
					  struct weir_service *service, const struct found_service *found)
{
	const struct packet *packet = &handover->packet;
	int own_port = is_own_port(packet, found);
	__u32 index = 0, serial = 0, id = service->id, reason;
	struct weir_destination *destination;
	__be16 port;

	schedule_flow_of(packet, &handover->flow);
	/* Of an error schedulers are shown the addresses as it quotes them: those which go by the source know better. */
	if (handover->by_quote && !handover->resumes)
		address_copy(handover->flow.target, packet->flow.source);
	if (service->persistence) {
		/* The flow is read again, rather than kept on the stack, which IPv6 fills. */
		asm volatile("" ::: "memory");
		reason = persist(settings, handover, service, found, ANY_SERVER, &serial);
		if (reason)
			return reason;
		index = handover->template.destination;
	} else if (!found->mark && !own_port) {
		/* Only persistent services balance ports that are not their own. */
		return WEIR_REASON_NO_DESTINATION;
	} else {
		if (schedule(service, &handover->flow, &index))
			return WEIR_REASON_NO_DESTINATION;
		/* Destinations of a mark's service are reached on their own port, whatever the packet's. */
		own_port = 1;
	}
	destination = bpf_map_lookup_elem(&destinations, &index);
	/* A change of the table uses the memory of a replaced service for the next: never a server of another service. */
	if (!destination || (!serial && destination->service != id))
		return WEIR_REASON_INTERNAL;
	port = own_port && destination->port ? destination->port : packet->flow.target_port;
	connection_fill(settings, packet, index, port, destination, handover->now, &handover->entry);
	handover->entry.template = serial;
	if (context_is_own(ctx))
		handover->entry.flags |= WEIR_CONNECTION_OWN;
	if (handover->by_quote) {
		handover->entry.timeout = FIRST_TIMEOUT;
		/* It is not known who asked whom. */
		if (packet->flow.protocol == IPPROTO_UDP)
			handover->entry.flags |= WEIR_CONNECTION_ANSWERED;
	}
	return WEIR_REASON_NONE;
}

static __always_inline void explain_without_service(struct weir_context *ctx, const struct weir_settings *settings,
						    const struct handover *handover)
{
	if (handover->by_quote)
		explain_numbers(WEIR_STEP_SERVICE, 0, 0, 0);
	else
		explain_nobodys(ctx, settings, &handover->packet);
}

/* Why it is taken for a packet of no connection, what starts none. */
static __always_inline __u32 not_resumed(const struct handover *handover)
{
	return handover->by_quote ? WEIR_REASON_ICMP_UNRELATED : WEIR_REASON_NOT_SYN;
}

/* The entry of a new connection; NULL where it gets none, as the table is full, or only an error is about it. */
static __always_inline struct weir_connection *start_entry(const struct weir_settings *settings, struct handover *handover, __u32 service)
{
	if (handover->by_quote && handover->resumes)
		return NULL;
	return connection_create(settings, &handover->packet, service, &handover->entry);
}

/* Schedules the packet and makes its connection; WEIR_REASON_NONE, or why there is none. */
static __always_inline __u32 start_connection(struct weir_context *ctx, const struct weir_settings *settings,
					      struct handover *handover, struct weir_connection **connection)
{
	const struct packet *packet = &handover->packet;
	struct found_service found = {};
	/* Of one that quotes a packet without a place in the table the mark is that of the packet. */
	const struct weir_flow *marked = handover->by_quote && settings->schedule_icmp ? &handover->error : &packet->flow;
	struct weir_service *service = service_find(ctx, settings, packet, marked, &found);
	__u32 id, reason;

	if (!service) {
#if defined(WEIR_TC)
		if (!handover->by_quote && reply_is_seen(ctx, settings, handover))
			return WEIR_REASON_REPLY_SEEN;
		if (!handover->by_quote && packet->truncated && is_dropped_short(ctx, settings, packet))
			return WEIR_REASON_TRUNCATED;
#endif
		explain_without_service(ctx, settings, handover);
		return handover->by_quote ? WEIR_REASON_ICMP_UNRELATED : WEIR_REASON_NO_SERVICE;
	}
	if (!ip_checksum_is_right(ctx, packet))
		return WEIR_REASON_IP_CHECKSUM;
	if (service_reads_call(service, handover))
		return leave_to_reader(ctx);
	handover->stateless = service_is_stateless(service);
	handover->resumes = handover->by_quote && !settings->schedule_icmp;
	if (!handover->by_quote) {
		if (!context_is_own(ctx) && is_martian(ctx, packet))
			return WEIR_REASON_MARTIAN_SOURCE;
		explain_unknown();
		if (packet->truncated)
			return WEIR_REASON_TRUNCATED;
		handover->resumes = !packet_may_start(settings, packet);
	}
	if (handover->resumes && !(handover->stateless && was_full(settings, handover->now)))
		return not_resumed(handover);
	handover->one_packet = (service->flags & WEIR_SERVICE_ONE_PACKET) && packet->flow.protocol == IPPROTO_UDP;
#if defined(WEIR_XDP)
	/* Should TC have to send it, it would be scheduled twice; so would what nothing finds again. */
	if (handover->one_packet || !packet->flow.source_port)
		return WEIR_REASON_LEFT_TO_TC;
#endif
	id = service->id;
	explain_numbers(WEIR_STEP_SERVICE, id, 1, 0);
	if (!handover->resumes && must_shed(settings))
		return WEIR_REASON_LOAD_SHED;
	if (packet->flow.source_port == bpf_htons(FTP_DATA_PORT))
		return WEIR_REASON_SOURCE_PORT_20;
	reason = start_choose(ctx, settings, handover, service, &found);
	if (reason == WEIR_REASON_NO_DESTINATION)
		return leave(ctx, settings, handover, &found);
	if (reason)
		return reason;
	if (method_translates(handover->entry.method))
		handover->stateless = 0;
	if (handover->resumes && !handover->stateless)
		return not_resumed(handover);
	if (handover->entry.method == WEIR_METHOD_FULL_NAT) {
		leave_behind(handover);
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_SOURCER);
		return WEIR_REASON_INTERNAL;
	}
	if (handover->one_packet && !(handover->by_quote && handover->resumes)) {
		connection_once(settings, &packet->flow, &handover->entry, id);
		*connection = &handover->entry;
		return WEIR_REASON_NONE;
	}
	*connection = start_entry(settings, handover, id);
	if (*connection)
		return WEIR_REASON_NONE;
	if (!handover->stateless)
		return WEIR_REASON_TABLE_FULL;
	handover->entry.flags |= WEIR_CONNECTION_ONE_PACKET | WEIR_CONNECTION_STATELESS;
	*connection = &handover->entry;
	return WEIR_REASON_NONE;
}

/* The ICMP error that has started a connection is one about a known connection now. */
static __always_inline int again_as_known(struct weir_context *ctx)
{
#if defined(WEIR_TC)
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_DIRECTOR);
#else
	(void)ctx;
#endif
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

/* The ICMP error is about a connection that is in no table: all there is of it is in the handover. */
static __always_inline int again_with_entry(struct weir_context *ctx, struct handover *handover)
{
#if defined(WEIR_TC)
	handover->packet.flow = handover->error;
	handover->from = HANDED_BY_START;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_TRANSLATOR);
#else
	(void)handover;
#endif
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

static __always_inline int start(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	struct weir_connection *connection = NULL;
	const struct packet *packet;
	__u32 reason, now;

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	now = handover->now;
#if defined(WEIR_TC)
	if (context_is_own(ctx) && !handover->by_quote && reply_is_seen(ctx, settings, handover))
		return refuse(ctx, WEIR_REASON_REPLY_SEEN);
#endif
	if (handover->call == CALL_MADE)
		reason = call_carried(settings, handover, &connection);
	else if (may_be_call(settings, handover))
		reason = leave_to_reader(ctx);
	else if (settings->nat_icmp_send && !handover->by_quote && ip_checksum_is_right(ctx, packet) && is_stray(ctx, &handover->packet))
		reason = left_to_tc(WEIR_REASON_STRAY_REPLY);
	else
		reason = left_to_tc(start_connection(ctx, settings, handover, &connection));
	leave_behind(handover);
	if (is_told(reason) && !handover->by_quote)
		return tell(ctx, packet, now, reason, 0, NO_REPLIER);
#if defined(WEIR_TC)
	if (reason == WEIR_REASON_REPLY_SEEN && handover->hop.own) {
		count_reason(reason);
		return deliver_packet(ctx, packet);
	}
#endif
	if (reason || !connection)
		return reason >> WEIR_REASON_CLASS_SHIFT < WEIR_CLASS_DROP ? give_back(ctx, packet, reason) : refuse(ctx, reason);
	if (handover->by_quote)
		/* From port 0 nothing is found again either. */
		return connection->flags & WEIR_CONNECTION_ONE_PACKET || !packet->flow.source_port ? again_with_entry(ctx, handover) : again_as_known(ctx);
	if (connection->role == WEIR_ROLE_REPLY) {
		struct reply reply = { connection, connection };

		return carry_reply(ctx, settings, packet, &reply, now);
	}
	return carry_request(ctx, settings, packet, connection, now);
}

#endif
