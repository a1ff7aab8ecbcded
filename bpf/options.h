/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Options of IPv4 that ask a host to do something (RFC 791 section 3.1): record route is filled in, source routes are refused, as a host
 * does by default. TC only. The twin is src/lvs/host/options.ts.
 */
#ifndef WEIR_OPTIONS_H
#define WEIR_OPTIONS_H

#include "connection.h"
#include "handover.h"
#include "lookup.h"
#include "origin.h"

#define OPTION_END 0
#define OPTION_NOTHING 1
#define OPTION_RECORD_ROUTE 7
#define OPTION_LOOSE_ROUTE 131
#define OPTION_STRICT_ROUTE 137
#define MOST_OPTIONS 40

/* Where an option stands in an IP header of `header` bytes, -1 if it does not. Global, so that it is verified once. */
__noinline int option_find(struct weir_context *ctx, __u32 header, __u32 wanted)
{
	__u32 at = sizeof(struct iphdr);
	__u8 option[2];

	for (int i = 0; i < MOST_OPTIONS; i++) {
		if (at >= header || context_load(ctx, sizeof(struct ethhdr) + at, option, sizeof(option)))
			return -1;
		if (option[0] == OPTION_END)
			return -1;
		if (option[0] == wanted && at + 2 < header)
			return at;
		at += option[0] == OPTION_NOTHING ? 1 : option[1] < 2 ? 2 : option[1];
	}
	return -1;
}

/*
 * The address that the director records: what a request was sent to, and for a reply what it is restored to. 0 for a packet that will
 * go to the stack, which records its own.
 */
static __always_inline __be32 option_address(struct weir_context *ctx, const struct weir_settings *settings,
					   const struct packet *packet, __u32 now)
{
	struct found_service found = {};
	struct weir_connection *entry;
	struct reply single;

	single_find(settings, &packet->flow, now, &single);
	if (single.entry)
		return single.face->address[0];
	entry = connection_find(settings, &packet->flow);
	if (entry)
		return entry->role == WEIR_ROLE_REPLY ? entry->address[0] : packet->flow.target[0];
	if (packet->truncated || !packet_may_start(settings, packet))
		return 0;
	return service_find(ctx, settings, packet, &packet->flow, &found) && packet->flow.source_port != bpf_htons(20) ? packet->flow.target[0] : 0;
}

/* Writes the address into a record route option, if it has room. Global, so that it is verified once. */
__noinline int option_record(struct weir_context *ctx, __u32 header, __u32 address)
{
	__u32 ip = sizeof(struct ethhdr), at;
	__u8 option[3], pointer;
	int found = option_find(ctx, header, OPTION_RECORD_ROUTE), sum;
	__u16 check = 0;

	if (found < 0 || context_load(ctx, ip + found, option, sizeof(option)))
		return 0;
	at = found;
	pointer = option[2];
	if (pointer < 4 || pointer + 3 > option[1] || at + pointer + 3 > header)
		return 0;
	if (context_store(ctx, ip + at + pointer - 1, &address, sizeof(address)))
		return -1;
	pointer += sizeof(address);
	if (context_store(ctx, ip + at + 2, &pointer, sizeof(pointer)) ||
	    context_store(ctx, ip + offsetof(struct iphdr, check), &check, sizeof(check)))
		return -1;
	sum = checksum_over(ctx, ip, header, 0);
	check = sum;
	return sum < 0 ? -1 : context_store(ctx, ip + offsetof(struct iphdr, check), &check, sizeof(check));
}

/* The program for packets with options; a wrong header goes on as it is, to be dropped where others are. */
static __always_inline int heed_options(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	const struct packet *packet;
	__u32 header;
	__be32 address;

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	header = packet->transport - sizeof(struct ethhdr);
	if (ip_checksum_is_right(ctx, packet)) {
		if (option_find(ctx, header, OPTION_LOOSE_ROUTE) >= 0 || option_find(ctx, header, OPTION_STRICT_ROUTE) >= 0)
			return refuse(ctx, WEIR_REASON_SOURCE_ROUTED);
		address = option_address(ctx, settings, packet, handover->now);
		if (address && option_record(ctx, header, address))
			return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	}
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_DIRECTOR);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

#endif
