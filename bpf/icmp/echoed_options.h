/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Options of IPv4 in ICMP errors of the director: those of the packet that record where it has been, and what the director has to add to them
 * (__ip_options_echo; recorded: wire/error-options-*). The twin is src/lvs/host/echoed-options.ts.
 */
#ifndef WEIR_ICMP_ECHOED_OPTIONS_H
#define WEIR_ICMP_ECHOED_OPTIONS_H

#include "../handover.h"
#if WEIR_FAMILY == 4
#include "../options/ipv4.h"

struct echo {
	struct options found;  /* in the packet */
	__u32 record_length;
	__u32 stamp_length;
	__u32 length;          /* of all that the error has, in whole words */
};

/* The packet came from outside, by the program that heeds options. */
static __always_inline int echoes(struct weir_context *ctx, const struct packet *packet)
{
	return has_options(packet) && !context_is_own(ctx);
}

/* Bytes of the option at `at`, 0 for none. */
static __always_inline __u32 option_length(struct weir_context *ctx, __u32 at)
{
	__u8 length = 0;

	if (!at || context_load(ctx, sizeof(struct ethhdr) + at + 1, &length, sizeof(length)) || length > MOST_OPTIONS)
		return 0;
	return length;
}

/* What an error will have. 0, or -1 if there is room for a part of an entry: then nothing is sent. */
static __always_inline int echo_read(struct weir_context *ctx, const struct packet *packet, struct echo *echo)
{
	echo->found.heeded = 1;
	if (options_read(ctx, packet->transport - sizeof(struct ethhdr), &echo->found))
		return -1;
	echo->record_length = option_length(ctx, echo->found.record);
	echo->stamp_length = option_length(ctx, echo->found.stamp);
	echo->length = (echo->record_length + echo->stamp_length + 3) & ~3;
	return echo->length <= MOST_OPTIONS ? 0 : -1;
}

/* Copies an option; 0 or -1. */
static __always_inline int option_copy(struct weir_context *ctx, __u32 from, __u32 to, __u32 length)
{
	__u8 bytes[64];

	if (!length)
		return 0;
	/* As it is, in a form that shows older verifiers that it is neither 0 nor too much. */
	asm volatile("" : "+r"(length));
	length = ((length - 1) & 63) + 1;
	return context_load(ctx, from, bytes, length) || context_store(ctx, to, bytes, length) ? -1 : 0;
}

/* True if a timestamp option has room for an entry that is the director's. */
static __always_inline int stamp_goes_on(struct weir_context *ctx, __u32 at)
{
	__u8 begin[4];

	if (context_load(ctx, at, begin, sizeof(begin)))
		return 0;
	return begin[2] <= begin[1] && begin[2] + stamp_size(begin[3] & 15, 0) - 1 <= begin[1];
}

/*
 * Writes them behind the error's own IP header, where there is room that is zero; the packet stands `quote` bytes into the frame. Seals the
 * header. 0 or -1. Not inlined: what it needs of the stack is free again after it.
 */
static __noinline int echo_write(struct weir_context *ctx, const struct weir_settings *settings, const struct echo *echo, __u32 quote,
				 __be32 address)
{
	struct stamps stamps = { .record = address, .stamp = address, .time = stamp_now(settings) };
	const __u32 ip = sizeof(struct ethhdr), record = sizeof(struct iphdr);
	__u32 stamp = record + echo->record_length;

	if (option_copy(ctx, quote + echo->found.record, ip + record, echo->record_length) ||
	    option_copy(ctx, quote + echo->found.stamp, ip + stamp, echo->stamp_length))
		return -1;
	if (echo->record_length && record_route(ctx, ip + record, &stamps))
		return -1;
	if (echo->stamp_length && stamp_goes_on(ctx, ip + stamp) && stamp_time(ctx, ip + stamp, &stamps))
		return -1;
	return header_seal(ctx, record + echo->length);
}

/*
 * The stack reads options once more before it tells that no route leads on (ipv4_send_dest_unreach), and for the first time where a reply
 * belongs to nobody. 0, or -1 if there is no room for that: then nothing is sent.
 */
static __always_inline int echo_heed(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet, __u32 reason)
{
	struct stamps stamps = { .record = packet->flow.target[0], .stamp = packet->flow.target[0] };
	__u32 header = packet->transport - sizeof(struct ethhdr);
	struct options found = {};

	if (reason != WEIR_REASON_NO_ROUTE && reason != WEIR_REASON_STRAY_REPLY)
		return 0;
	stamps.time = stamp_now(settings);
	return options_read(ctx, header, &found) || options_heed(ctx, header, &found, &stamps) ? -1 : 0;
}

/* The quote has the checksum that the packet came with, but for its TTL: the stack seals it as it sends it on. 0 or -1. */
static __always_inline int echo_unseal(struct weir_context *ctx, const struct handover *handover)
{
	struct iphdr *ip = context_data(ctx) + sizeof(struct ethhdr);

	if ((void *)(ip + 1) > context_end(ctx))
		return -1;
	ip->check = handover->came_check;
	checksum_replace16(&ip->check, bpf_htons(handover->came_ttl << 8), bpf_htons((__u16)ip->ttl << 8));
	return 0;
}

/* Before an error about the packet is made: what it will have, and the packet as it is quoted. 0, or -1 where nothing is sent. */
static __always_inline int echo_prepare(struct weir_context *ctx, const struct weir_settings *settings, const struct handover *handover,
					const struct packet *packet, struct echo *echo)
{
	if (!echoes(ctx, packet))
		return 0;
	if (echo_heed(ctx, settings, packet, handover->reason) || echo_read(ctx, packet, echo))
		return -1;
	return packet->pieces ? 0 : echo_unseal(ctx, handover);
}

#else

struct echo {
	__u32 length;
};

static __always_inline int echo_prepare(struct weir_context *ctx, const struct weir_settings *settings, const struct handover *handover,
					const struct packet *packet, struct echo *echo)
{
	(void)ctx;
	(void)settings;
	(void)handover;
	(void)packet;
	(void)echo;
	return 0;
}

static __always_inline int echo_write(struct weir_context *ctx, const struct weir_settings *settings, const struct echo *echo, __u32 quote,
				      __be32 address)
{
	(void)ctx;
	(void)settings;
	(void)echo;
	(void)quote;
	(void)address;
	return 0;
}

#endif

#endif
