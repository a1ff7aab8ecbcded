/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ICMP errors that the director makes: the refused packet itself becomes the error that quotes it, and goes back to its source, from
 * the address it was sent to. TC only. The twin is src/lvs/icmp-error.ts.
 */
#ifndef WEIR_ICMP_ERROR_H
#define WEIR_ICMP_ERROR_H

#include "../forward/ttl.h"
#include "../own/deliver.h"
#include "../route/hop.h"
#include "../verdict/tell.h"
#include "echoed_options.h"
#include "limit.h"
#include "types.h"

#define ERROR_TTL 64

/* RFC 1812 section 4.3.2.3; RFC 4443 section 2.4 (c). */
#define ERROR_LONGEST (FAMILY == AF_INET ? 576 : 1280)
#define ERROR_ROOM (IP_HEADER + ICMP_HEADER)
#define ERROR_QUOTE (ERROR_LONGEST - ERROR_ROOM)

/* An ICMP error as it goes into its header; `word` is the second one, in host order. */
struct error {
	__u8 type;
	__u8 code;
	__u32 word;
};

static __always_inline void error_of(__u32 reason, __u32 mtu, struct error *error)
{
#if WEIR_FAMILY == 4
	error->type = reason == WEIR_REASON_TTL_EXPIRED ? ICMP_TIME_EXCEEDED : ICMP_DEST_UNREACH;
	error->code = reason == WEIR_REASON_TTL_EXPIRED ? 0 :
		      reason == WEIR_REASON_TOO_BIG	? ICMP_FRAG_NEEDED :
		      reason == WEIR_REASON_NO_ROUTE	? ICMP_HOST_UNREACH :
							  ICMP_PORT_UNREACH;
#else
	error->type = reason == WEIR_REASON_TTL_EXPIRED ? ICMPV6_TIME_EXCEED :
		      reason == WEIR_REASON_TOO_BIG	? ICMPV6_PKT_TOOBIG :
							  ICMPV6_DEST_UNREACH;
	error->code = reason == WEIR_REASON_NO_ROUTE ? ICMPV6_ADDR_UNREACH :
		      reason == WEIR_REASON_NO_DESTINATION || reason == WEIR_REASON_STRAY_REPLY ? ICMPV6_PORT_UNREACH :
												   0;
#endif
	error->word = reason == WEIR_REASON_TOO_BIG ? mtu : 0;
}

#if WEIR_FAMILY == 4
/* TOS: precedence internetwork control, with the other bits of the packet that caused it. */
static __always_inline void error_write_ip(struct iphdr *ip, const struct packet *packet, __u32 options, __u32 quoted)
{
	__u16 *word = (__u16 *)ip;
	__u32 sum = 0;

	ip->version = 4;
	ip->ihl = 5 + options / 4;
	ip->tos = (packet->tos & 0x1e) | 0xc0;
	ip->tot_len = bpf_htons(ERROR_ROOM + options + quoted);
	ip->id = bpf_get_prandom_u32();
	ip->frag_off = 0;
	ip->ttl = ERROR_TTL;
	ip->protocol = ICMP_PROTOCOL;
	ip->check = 0;
	ip->saddr = packet->flow.target[0];
	ip->daddr = packet->flow.source[0];
#pragma unroll
	for (int i = 0; i < 10; i++)
		sum += word[i];
	ip->check = ~checksum_fold(sum);
}

static __always_inline __u32 error_pseudo_header(const struct packet *packet, __u32 quoted)
{
	(void)packet;
	(void)quoted;
	return 0;
}
#else
static __always_inline void error_write_ip(struct ipv6hdr *ip, const struct packet *packet, __u32 options, __u32 quoted)
{
	(void)options;
	*(__be32 *)ip = bpf_htonl(0x60000000);
	ip->payload_len = bpf_htons(ICMP_HEADER + quoted);
	ip->nexthdr = ICMP_PROTOCOL;
	ip->hop_limit = ERROR_TTL;
	address_copy(ip->saddr.in6_u.u6_addr32, packet->flow.target);
	address_copy(ip->daddr.in6_u.u6_addr32, packet->flow.source);
}

static __always_inline __u32 error_pseudo_header(const struct packet *packet, __u32 quoted)
{
	__u32 sum = bpf_htons(ICMP_PROTOCOL) + bpf_htons(ICMP_HEADER + quoted);

#pragma unroll
	for (int i = 0; i < ADDRESS_WORDS; i++) {
		sum += (packet->flow.source[i] & 0xffff) + (packet->flow.source[i] >> 16);
		sum += (packet->flow.target[i] & 0xffff) + (packet->flow.target[i] >> 16);
	}
	return sum;
}
#endif

/*
 * Writes the headers of an error before `quoted` bytes that are in place behind them, but for the `options` bytes that its IP header has
 * more. `left`: see checksum_left; of what the device will still fill in the sum is known beforehand. 0 or -1.
 */
static __always_inline int error_write(struct weir_context *ctx, const struct packet *packet, const struct hop *hop,
				       const struct error *error, __u32 options, __u32 quoted, int left)
{
	const __u32 at = sizeof(struct ethhdr) + IP_HEADER + options;
	__u32 length = ICMP_HEADER + quoted, sum = error_pseudo_header(packet, quoted);
	struct ethhdr *ethernet = context_data(ctx);
	__be32 icmp[2] = { bpf_htonl((__u32)error->type << 24 | (__u32)error->code << 16), bpf_htonl(error->word) };
	int checksum;
	__u16 field;

	if ((void *)(ethernet + 1) + IP_HEADER > context_end(ctx))
		return -1;
	hop_write(ethernet, hop);
	ethernet->h_proto = bpf_htons(FAMILY == AF_INET ? ETH_P_IP : ETH_P_IPV6);
	error_write_ip((void *)(ethernet + 1), packet, options, quoted);
	if (context_store(ctx, at, icmp, sizeof(icmp)))
		return -1;
	if (left >= 0) {
		length = ICMP_HEADER + packet->transport - sizeof(struct ethhdr);
		sum += (__u16)~left;
	}
	checksum = checksum_over(ctx, at, length, sum);
	if (checksum < 0)
		return -1;
	field = checksum;
	return context_store(ctx, at + 2, &field, sizeof(field));
}

/* The kernel has taken one from the TTL before it compares lengths: so it stands in the quote (recorded: wire/nat-mtu-df). */
static __always_inline int error_quote_ttl(struct weir_context *ctx)
{
	void *ip = context_data(ctx) + sizeof(struct ethhdr);

	if (ip + IP_HEADER > context_end(ctx))
		return -1;
	ttl_decrement(ip);
	return 0;
}

/* Cuts the packet to what is quoted and makes room before it; the number of bytes quoted, or -1. */
static __always_inline int error_make_room(struct weir_context *ctx, const struct packet *packet, __u32 options)
{
	__u32 quoted = packet->length < ERROR_QUOTE - options ? packet->length : ERROR_QUOTE - options;

	if (bpf_skb_change_tail(ctx, sizeof(struct ethhdr) + quoted, 0))
		return -1;
	return bpf_skb_adjust_room(ctx, ERROR_ROOM + options, BPF_ADJ_ROOM_MAC, 0) ? -1 : (int)quoted;
}

/* The program behind tell(): drops the packet for the reason handed over, in the shape of the error if there is a way back. */
static __always_inline int tell_by_icmp(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	struct error error = {};
	struct packet packet;
	struct echo echo = {};
	struct hop hop = {};
	__u32 reason;
	int quoted, left;

	if (!handover)
		return WEIR_VERDICT_DROP;
	packet = handover->packet;
	reason = handover->reason;
	error_of(reason, handover->mtu, &error);
	packet.segment = ERROR_ROOM;
	if (!error_is_allowed(settings, packet.flow.source, handover->now) ||
	    (hop_find(ctx, &packet, packet.flow.target, packet.flow.source, &hop) && !(hop.own && context_is_own(ctx))) ||
	    echo_prepare(ctx, settings, handover, &packet, &echo))
		return refuse(ctx, reason);
	left = checksum_left(ctx, packet.transport, packet.flow.protocol);
	tell_drop(ctx, reason);
	if (reason == WEIR_REASON_TOO_BIG && error_quote_ttl(ctx))
		return drop_told(WEIR_REASON_REWRITE_FAILED);
	quoted = error_make_room(ctx, &packet, echo.length);
	if (quoted < 0 || error_write(ctx, &packet, &hop, &error, echo.length, quoted, left))
		return drop_told(WEIR_REASON_REWRITE_FAILED);
	if (echo.length && echo_write(ctx, settings, &echo, sizeof(struct ethhdr) + ERROR_ROOM + echo.length, packet.flow.target[0]))
		return drop_told(WEIR_REASON_REWRITE_FAILED);
	explain_answer(reason, packet.flow.source);
	count_reason(reason);
	/* To the director itself it is looked at and counted like whatever it sends: with schedule_icmp it may start a connection. */
	if (hop.own)
		return loop_back(ctx, 0);
	count_reply(handover->replier, ERROR_ROOM + echo.length + quoted);
	return hop_send(ctx, settings, &hop);
}

#endif
