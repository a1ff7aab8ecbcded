/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_DECAP_MAPS_H
#define WEIR_DECAP_MAPS_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

/* What became of a packet. src/setup/decap/reasons.ts has the names; a test holds them together. */
enum weir_decap_reason {
	WEIR_DECAP_NONE = 0,
	/* passed on as it came */
	WEIR_DECAP_NO_TUNNEL = 1,
	WEIR_DECAP_FRAGMENT = 2,
	WEIR_DECAP_UNKNOWN_FORM = 3,
	WEIR_DECAP_OTHER_DESTINATION = 4,
	/* unwrapped */
	WEIR_DECAP_IPIP = 5,
	WEIR_DECAP_GRE = 6,
	WEIR_DECAP_GUE = 7,
	/* sent, with a smaller MSS */
	WEIR_DECAP_CLAMPED = 8,
	/* dropped */
	WEIR_DECAP_MALFORMED = 9,
	WEIR_DECAP_CHECKSUM = 10,
	WEIR_DECAP_CONGESTION = 11,
	WEIR_DECAP_FAILED = 12,
	WEIR_DECAP_REASONS = 13,
};

struct weir_decap_settings {
	/* UDP port of GUE, host order. */
	__u32 gue_port;
};

/* An address as 16 bytes in network order, IPv4 as ::ffff:a.b.c.d. */
struct weir_decap_address {
	__u32 word[4];
};

struct weir_decap_vip {
	/* Bytes that the widest tunnel seen so far puts in front of the packet. */
	__u32 overhead;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct weir_decap_settings);
	__uint(max_entries, 1);
} decap_settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct weir_decap_address);
	__type(value, struct weir_decap_vip);
	__uint(max_entries, 4096);
} vips SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, WEIR_DECAP_REASONS);
} decap_counts SEC(".maps");

static __always_inline void count(__u32 reason)
{
	__u64 *value = bpf_map_lookup_elem(&decap_counts, &reason);

	if (value)
		(*value)++;
}

#endif
