/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What lblc and lblcr remember of the addresses that clients ask for. Two processors may change an entry at once: then one of the
 * changes is lost, and made again with the next connection. Twin: src/lvs/schedulers/locality-cache.ts; what nobody asks for any
 * more is taken away by user space (src/engine/ebpf/programs/localities.ts).
 */
#ifndef WEIR_SCHEDULE_LOCALITY_H
#define WEIR_SCHEDULE_LOCALITY_H

#include "least.h"

#define SECOND 1000000000ull
/* The kernel looks once in half an hour, counted from the start, for entries that are over. */
#define LOCALITY_SWEEP (1800 * SECOND)

/* Larger than a stack has room for. */
static const struct weir_locality nothing_remembered = {};

static __always_inline __u64 locality_now(void)
{
	struct weir_settings *settings = weir_settings_get();

	return bpf_ktime_get_ns() + (settings ? settings->clock_ahead : 0);
}

/* The settings lblc_expiration and lblcr_expiration, in ns. */
static __always_inline __u64 locality_expiration(const struct weir_service *service)
{
	struct weir_settings *settings = weir_settings_get();
	__u64 seconds = 0;

	if (settings)
		seconds = service->scheduler == WEIR_SCHEDULER_LBLC ? settings->lblc_expiration : settings->lblcr_expiration;
	return seconds * SECOND;
}

static __always_inline void locality_key(const struct weir_service *service, const struct schedule_flow *flow,
					 struct weir_locality_key *key)
{
	__builtin_memcpy(key->address, flow->target, sizeof(key->address));
	key->service = service->id;
	key->incarnation = service->incarnation;
}

/* What is remembered of an address, which counts as used now; NULL if it is nothing, or was over at the last sweep. */
static __always_inline struct weir_locality *locality_find(const struct weir_service *service,
							   const struct weir_locality_key *key, __u64 now)
{
	struct weir_locality *locality = bpf_map_lookup_elem(&localities, key);
	__u64 sweep = now - (now - service->started) % LOCALITY_SWEEP;

	if (!locality)
		return NULL;
	if (sweep > locality->used + locality_expiration(service)) {
		if (!EXPLAINS)
			bpf_map_delete_elem(&localities, key);
		return NULL;
	}
	if (!EXPLAINS)
		locality->used = now;
	return locality;
}

/* The entry of an address, an empty one if there was none; NULL if there is no room for it. */
static __always_inline struct weir_locality *locality_add(const struct weir_locality_key *key, __u64 now)
{
	struct weir_locality *locality;

	bpf_map_update_elem(&localities, key, &nothing_remembered, BPF_NOEXIST);
	locality = bpf_map_lookup_elem(&localities, key);
	if (locality)
		locality->used = now;
	return locality;
}

/* A destination as entries have it. */
static __always_inline __u64 locality_member(__u32 index)
{
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);

	return destination ? (__u64)destination->generation << 32 | index : 0;
}

/* Reads the destination of an entry; 1 if it is there, 0 if it has been deleted, -1 if its place belongs to another by now. */
static __always_inline int locality_candidate(__u64 member, struct candidate *one)
{
	__u32 index = member;
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);

	if (!destination || destination->generation != member >> 32 || candidate_read(index, one))
		return -1;
	return destination->flags & WEIR_DESTINATION_AVAILABLE;
}

struct crowd {
	__u32 first;
	__u32 count;
	__u32 found;
};

__noinline int crowd_turn(struct crowd *crowd, __u32 position)
{
	struct candidate one;

	if (!crowd || candidate_at(crowd->first, crowd->count, position, &one))
		return 0;
	crowd->found = one.weight > 0 && (__u64)one.active * 2 < (__u64)one.weight;
	return crowd->found;
}

static long crowd_step(__u32 position, struct crowd *crowd)
{
	return crowd_turn(crowd, position) & 1;
}

/* More active connections than its weight, while another destination has fewer than half of its own. */
__noinline int is_crowded(struct weir_service *service, __u32 index)
{
	struct crowd crowd = {};
	struct candidate one;

	if (!service || candidate_read(index, &one) || (__s64)one.active <= one.weight)
		return 0;
	crowd.first = service->slots;
	crowd.count = service->count;
	bpf_loop(crowd.count, crowd_step, &crowd, 0);
	return crowd.found;
}

#endif
