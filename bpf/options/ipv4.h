/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Options of IPv4 (RFC 791 section 3.1): what is wrong with them, and what they ask a host to do, as ip_options_compile has it. The twin is
 * src/lvs/host/options.ts.
 */
#ifndef WEIR_OPTIONS_IPV4_H
#define WEIR_OPTIONS_IPV4_H

#include "../checksum/checksum.h"
#include "../route/own_address.h"

#define OPTION_END 0
#define OPTION_NOTHING 1
#define OPTION_RECORD_ROUTE 7
#define OPTION_TIMESTAMP 68
#define OPTION_LOOSE_ROUTE 131
#define OPTION_SECURITY 134
#define OPTION_STRICT_ROUTE 137
#define OPTION_ROUTER_ALERT 148
#define MOST_OPTIONS 40

/* Low bits of a timestamp's fourth byte: times alone, with addresses, or with those that the sender has set. */
#define STAMP_TIMES 0
#define STAMP_ADDRESSES 1
#define STAMP_PRESPECIFIED 3
#define STAMP_OVERFLOW 0x10

/* Where the options stand that concern a host, counted from the IP header; 0 for none. */
struct options {
	__u32 record;
	__u32 stamp;
	__u32 routed;  /* loose or strict source route */
	__u32 end;     /* what follows the end of them */
	__u8 heeded;   /* in: they are read once more, for what an error gives back of them (__ip_options_echo) */
};

/* Bytes of an entry. One that the sender has prepared is looked at first where it is read again. */
static __always_inline __u32 stamp_size(__u8 flag, __u8 heeded)
{
	return flag == STAMP_ADDRESSES || (flag == STAMP_PRESPECIFIED && !heeded) ? 8 : 4;
}

/* One option of `length` bytes at `at`; -1 if it contradicts itself, or is the second where only one may be. */
static __always_inline int option_read(const __u8 *begin, __u32 at, struct options *found)
{
	__u32 length = begin[1], pointer = begin[2], flag = begin[3] & 15, size = stamp_size(flag, found->heeded);

	switch (begin[0]) {
	case OPTION_LOOSE_ROUTE:
	case OPTION_STRICT_ROUTE:
		if (found->routed || length < 3 || pointer < 4)
			return -1;
		found->routed = at;
		return 0;
	case OPTION_RECORD_ROUTE:
		if (found->record || length < 3 || pointer < 4 || (pointer <= length && pointer + 3 > length))
			return -1;
		found->record = at;
		return 0;
	case OPTION_TIMESTAMP:
		if (found->stamp || length < 4 || pointer < 5 || (pointer <= length && pointer + size - 1 > length))
			return -1;
		if (pointer > length && flag != STAMP_PRESPECIFIED && begin[3] >> 4 == 15 && !found->heeded)
			return -1;
		found->stamp = at;
		return 0;
	case OPTION_ROUTER_ALERT:
		return length < 4 ? -1 : 0;
	case OPTION_SECURITY:
		/* Of CIPSO no domain is known unless somebody has configured one (cipso_v4_validate). */
		return -1;
	default:
		return 0;
	}
}

/* Reads those of an IP header of `header` bytes. 0, or -1 for what the stack answers with a parameter problem. Global, so that it is verified once. */
__noinline int options_read(struct weir_context *ctx, __u32 header, struct options *found)
{
	__u32 at = sizeof(struct iphdr), left;

	if (!found)
		return -1;
	for (int i = 0; i < MOST_OPTIONS; i++) {
		__u8 begin[4] = {};

		if (at >= header)
			return 0;
		left = header - at;
		if (context_load(ctx, sizeof(struct ethhdr) + at, begin, left < 2 ? 1 : 2))
			return -1;
		if (begin[0] == OPTION_END) {
			found->end = at + 1;
			return 0;
		}
		if (begin[0] == OPTION_NOTHING) {
			at++;
			continue;
		}
		if (begin[1] < 2 || begin[1] > left)
			return -1;
		if (left >= 4 && context_load(ctx, sizeof(struct ethhdr) + at, begin, sizeof(begin)))
			return -1;
		if (left == 3 && context_load(ctx, sizeof(struct ethhdr) + at, begin, 3))
			return -1;
		if (option_read(begin, at, found))
			return -1;
		at += begin[1];
	}
	return 0;
}

/* What the director puts into them. */
struct stamps {
	__be32 record; /* its address in a route */
	__be32 stamp;  /* ... and beside a time */
	__be32 time;   /* ms since midnight, universal time */
};

static __always_inline int record_route(struct weir_context *ctx, __u32 at, const struct stamps *stamps)
{
	__u8 begin[3], pointer;

	if (context_load(ctx, at, begin, sizeof(begin)))
		return -1;
	pointer = begin[2];
	if (pointer > begin[1])
		return 0;
	if (context_store(ctx, at + pointer - 1, (void *)&stamps->record, sizeof(stamps->record)))
		return -1;
	pointer += sizeof(stamps->record);
	return context_store(ctx, at + 2, &pointer, sizeof(pointer));
}

/* True for an address that is another host's (inet_addr_type); one to which no route leads is taken for the director's own. */
static __always_inline int is_others(struct weir_context *ctx, __be32 address)
{
	__u32 first = bpf_ntohl(address) >> 24;

	return first && (first < 224 || (first >= 240 && address != 0xffffffff)) && !is_own_address(ctx, &address);
}

/* Without room left the overflow count rises; an address that the sender has set is left to whose it is. */
static __always_inline int stamp_time(struct weir_context *ctx, __u32 at, const struct stamps *stamps)
{
	__u8 begin[4], pointer, flag;
	__be32 address;

	if (context_load(ctx, at, begin, sizeof(begin)))
		return -1;
	pointer = begin[2];
	flag = begin[3] & 15;
	if (pointer > begin[1]) {
		if (flag == STAMP_PRESPECIFIED)
			return 0;
		begin[3] += STAMP_OVERFLOW;
		return context_store(ctx, at + 3, &begin[3], 1);
	}
	if (flag == STAMP_ADDRESSES) {
		if (context_store(ctx, at + pointer - 1, (void *)&stamps->stamp, sizeof(stamps->stamp)))
			return -1;
		pointer += sizeof(address);
	} else if (flag == STAMP_PRESPECIFIED) {
		if (context_load(ctx, at + pointer - 1, &address, sizeof(address)))
			return -1;
		if (is_others(ctx, address))
			return 0;
		pointer += sizeof(address);
	} else if (flag != STAMP_TIMES) {
		return 0;
	}
	if (context_store(ctx, at + pointer - 1, (void *)&stamps->time, sizeof(stamps->time)))
		return -1;
	pointer += sizeof(stamps->time);
	return context_store(ctx, at + 2, &pointer, sizeof(pointer));
}

/* Clears what follows the end of the options. */
static __always_inline int clear_rest(struct weir_context *ctx, __u32 header, __u32 end)
{
	__u8 none = OPTION_END;

	for (int i = 0; i < MOST_OPTIONS; i++) {
		if (end + i >= header)
			return 0;
		if (context_store(ctx, sizeof(struct ethhdr) + end + i, &none, sizeof(none)))
			return -1;
	}
	return 0;
}

/* The checksum of the IP header anew. 0 or -1. */
static __always_inline int header_seal(struct weir_context *ctx, __u32 header)
{
	const __u32 ip = sizeof(struct ethhdr);
	__u16 check = 0;
	int sum;

	if (context_store(ctx, ip + offsetof(struct iphdr, check), &check, sizeof(check)))
		return -1;
	sum = checksum_over(ctx, ip, header, 0);
	check = sum;
	return sum < 0 ? -1 : context_store(ctx, ip + offsetof(struct iphdr, check), &check, sizeof(check));
}

/* Does what good options ask for. 0, or -1: the packet must be dropped then. Global, so that it is verified once. */
__noinline int options_heed(struct weir_context *ctx, __u32 header, const struct options *found, const struct stamps *stamps)
{
	const __u32 ip = sizeof(struct ethhdr);

	if (!found || !stamps)
		return -1;
	if (!found->record && !found->stamp && (!found->end || found->end >= header))
		return 0;
	if (found->record && record_route(ctx, ip + found->record, stamps))
		return -1;
	if (found->stamp && stamp_time(ctx, ip + found->stamp, stamps))
		return -1;
	if (found->end && clear_rest(ctx, header, found->end))
		return -1;
	return header_seal(ctx, header);
}

#define MS_OF_DAY 86400000ull

/* In universal time, which CLOCK_TAI is ahead of by whole seconds. */
static __always_inline __be32 stamp_now(const struct weir_settings *settings)
{
	__u64 ms = bpf_ktime_get_tai_ns() / 1000000 - settings->tai_ahead * 1000ull;

	return bpf_htonl(ms % MS_OF_DAY);
}

#endif
