/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How many ICMP errors a client gets: a bucket for each that fills with time, as the kernel's own (net.ipv4.icmp_ratelimit,
 * net.ipv6.icmp.ratelimit), so that packets with forged sources cannot be turned into a stream of errors.
 */
#ifndef WEIR_ICMP_LIMIT_H
#define WEIR_ICMP_LIMIT_H

#include "../clock.h"
#include "../family.h"
#include "../maps.h"

/* Errors at once, after a time of silence (XRLIM_BURST_FACTOR of the kernel). */
#define ERROR_BURST 6

struct error_bucket {
	__u32 filled;   /* tick of the last look */
	__u32 credit;   /* ticks */
};

struct error_client {
	__be32 address[ADDRESS_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct error_client);
	__type(value, struct error_bucket);
} error_buckets SEC(".maps");

/* True if the client may get another error; it is charged for it. */
static __always_inline int error_is_allowed(const struct weir_settings *settings, const __be32 *address, __u32 now)
{
	__u32 interval = FAMILY == AF_INET ? settings->icmp_interval4 : settings->icmp_interval6, credit;
	struct error_bucket *bucket, full = { .filled = now, .credit = (ERROR_BURST - 1) * interval };
	struct error_client client = {};

	if (EXPLAINS || !interval)
		return 1;
	address_copy(client.address, address);
	bucket = bpf_map_lookup_elem(&error_buckets, &client);
	if (!bucket)
		return !bpf_map_update_elem(&error_buckets, &client, &full, BPF_ANY);
	credit = bucket->credit + ticks_since(bucket->filled, now);
	if (credit > ERROR_BURST * interval || credit < bucket->credit)
		credit = ERROR_BURST * interval;
	bucket->filled = now;
	bucket->credit = credit < interval ? credit : credit - interval;
	return credit >= interval;
}

#endif
