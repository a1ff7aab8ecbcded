/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets that begin or end at the director itself: a program of it is the client of a VIP, or a real server. TC only.
 *
 *   what its programs send to an address of its own comes in by the loopback, where weir_tc_own meets it as weir_tc does at a NIC;
 *   what is for its programs is rewritten where it is, and goes to the stack (deliver.h);
 *   what its programs answer to others leaves by a NIC, where weir_tc_out meets it.
 *
 * The kernel's IPVS has LOCAL_IN and LOCAL_OUT for it, and leaves the TTL of what it passes there as it is (src/lvs/hooks.ts).
 */
#ifndef WEIR_OWN_H
#define WEIR_OWN_H

#include "../director.h"
#include "../forward/carry.h"
#include "../forward/full_nat.h"
#include "../forward/ttl.h"
#include "../parse/pull.h"
#include "deliver.h"
#include "heard.h"

/* Rewrites the packet by `entry`, and delivers it. `reason`: the one it is counted under. */
static __always_inline int rewrite_and_deliver(struct weir_context *ctx, const struct weir_settings *settings,
					       const struct packet *packet, const struct weir_connection *entry, __u32 reason)
{
	const struct weir_partner *partner = connection_partner(settings, &packet->flow, entry);
	struct headers headers;
	int failed;

	if (headers_at(ctx, packet->transport, sizeof(struct udphdr), &headers))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	if (partner) {
		explain_full_nat(packet, entry, partner);
		failed = full_nat(ctx, packet, entry, partner, &headers);
	} else {
		explain_masquerade(packet, entry);
		failed = entry->method == WEIR_METHOD_FULL_NAT || masquerade(ctx, packet, entry, &headers);
	}
	if (failed)
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	count_reason(reason);
	/* A request that was not sent by the director has an address of it as source by full NAT alone. */
	return reason == WEIR_REASON_LOCAL_SERVER && !partner ? pass_here(ctx, packet) : deliver_packet(ctx, packet);
}

/*
 * The program for a request that a real server of the director itself gets (carry_local), and for a reply whose client is the director
 * itself, or which is the director's own, or which is too big (is_too_big_whole): that one's addresses are the director's, so that it
 * comes in by the loopback, too, to be refused.
 */
static __always_inline int settle(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	const struct packet *packet;
	struct reply reply;

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	if (packet->truncated)
		return refuse(ctx, WEIR_REASON_TRUNCATED);
	if (handover->entry.role == WEIR_ROLE_REQUEST)
		return rewrite_and_deliver(ctx, settings, packet, &handover->entry, WEIR_REASON_LOCAL_SERVER);
	single_find(settings, &packet->flow, handover->now, &reply);
	if (!reply.entry)
		reply.face = reply.entry = connection_find(settings, &packet->flow);
	if (!reply.entry || reply.face->role != WEIR_ROLE_REPLY)
		return refuse(ctx, WEIR_REASON_INTERNAL);
	connection_see(settings, packet, reply.entry, WEIR_ROLE_REPLY, handover->now);
	count_reply(reply.entry->destination, packet->length);
	/* The stack, which will refuse it for that, has counted down before. */
	if (handover->reason == WEIR_REASON_TOO_BIG && ttl_count_down(ctx, packet))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	return rewrite_and_deliver(ctx, settings, packet, reply.face, WEIR_REASON_REPLY_RESTORED);
}

/*
 * A fragment in by the loopback, whence it goes on as what is forwarded: the TTL that the stack has given it is what it leaves with. From the
 * largest there is none more; then the frame says so.
 */
static __always_inline int send_round(struct weir_context *ctx, const struct packet *packet)
{
	void *ip = context_data(ctx) + sizeof(struct ethhdr);

	if (packet->ttl == MOST_TTL)
		return loop_back(ctx, FULL_TTL);
	if (ip + IP_HEADER > context_end(ctx))
		return WEIR_VERDICT_DROP;
	ttl_increment(ip);
	return loop_back(ctx, 0);
}

/*
 * The program at a NIC's way out, for what the director itself has made: replies of its real servers, and ICMP errors about them.
 * Fragments are put together and restored on another way, in by the loopback. Everything else leaves as it is.
 */
static __always_inline int look_outward(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	struct weir_connection *entry;
	struct packet packet = {};
	struct reply reply;
	__u32 reason, now;

	if (!handover)
		return WEIR_VERDICT_PASS;
	pull_headers(ctx);
	reason = parse(ctx, &packet);
	if (!settings_services(settings) || !is_of_interest(&packet))
		return WEIR_VERDICT_PASS;
	now = clock_ticks(settings);
	if (reason == WEIR_REASON_FRAGMENT)
		return send_round(ctx, &packet);
	if (reason == WEIR_REASON_PROTOCOL && packet.flow.protocol == (FAMILY == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return hand_over(ctx, &packet, now, WEIR_PROGRAM_TRANSLATOR);
	if (reason == WEIR_REASON_PROTOCOL && is_follower(packet.flow.protocol)) {
		handover->packet = packet;
		handover->now = now;
		handover->from = HANDED_OUTWARD;
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_FOLLOWER);
	}
	if (reason || packet.truncated)
		return WEIR_VERDICT_PASS;
	if (direct_single(settings, &packet, now, &reply)) {
		single_explain(&packet.flow, &reply);
		return settle_reply(ctx, &packet, now, WEIR_REASON_NONE);
	}
	entry = connection_find(settings, &packet.flow);
	if (entry)
		entry = direct_known(settings, &packet, entry, now, 0);
	if (entry && entry->role == WEIR_ROLE_REPLY && entry->method == WEIR_METHOD_MASQUERADE)
		return settle_reply(ctx, &packet, now, WEIR_REASON_NONE);
	handover->packet = packet;
	handover->now = now;
	return !entry && reply_is_seen(ctx, settings, handover) ? refuse(ctx, WEIR_REASON_REPLY_SEEN) : WEIR_VERDICT_PASS;
}

#endif
