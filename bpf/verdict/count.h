/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_COUNT_H
#define WEIR_COUNT_H

#include "../explain/explain.h"

static __always_inline void count_reason(__u32 reason)
{
	__u64 *packets;

	if (EXPLAINS) {
		explain_reason(reason);
		return;
	}
	packets = bpf_map_lookup_elem(&reasons, &reason);
	if (packets)
		(*packets)++;
}

static __always_inline void count_in(__u32 service, __u32 destination, __u32 bytes)
{
	struct weir_counters *counters;

	if (EXPLAINS)
		return;
	counters = bpf_map_lookup_elem(&service_counters, &service);
	if (counters) {
		counters->in_packets++;
		counters->in_bytes += bytes;
	}
	counters = bpf_map_lookup_elem(&destination_counters, &destination);
	if (counters) {
		counters->in_packets++;
		counters->in_bytes += bytes;
	}
}

static __always_inline void count_out(__u32 service, __u32 destination, __u32 bytes)
{
	struct weir_counters *counters;

	if (EXPLAINS)
		return;
	counters = bpf_map_lookup_elem(&service_counters, &service);
	if (counters) {
		counters->out_packets++;
		counters->out_bytes += bytes;
	}
	counters = bpf_map_lookup_elem(&destination_counters, &destination);
	if (counters) {
		counters->out_packets++;
		counters->out_bytes += bytes;
	}
}

static __always_inline void count_connection(__u32 service, __u32 destination)
{
	struct weir_counters *counters;

	if (EXPLAINS)
		return;
	counters = bpf_map_lookup_elem(&service_counters, &service);
	if (counters)
		counters->connections++;
	counters = bpf_map_lookup_elem(&destination_counters, &destination);
	if (counters)
		counters->connections++;
}

/* Replies of a deleted destination are still restored, but counted nowhere (recorded: wire/nat-deleted-server). */
static __always_inline void count_reply(__u32 index, __u32 bytes)
{
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);

	if (destination && (destination->flags & WEIR_DESTINATION_AVAILABLE))
		count_out(destination->service, index, bytes);
}

#endif
