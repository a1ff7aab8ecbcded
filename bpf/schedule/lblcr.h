/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Locality-based least connection with replication: an address gets a further destination when its own are overloaded, and loses
 * the busiest when the set has not changed for a day. Twin: src/lvs/schedulers/lblcr.ts.
 */
#ifndef WEIR_SCHEDULE_LBLCR_H
#define WEIR_SCHEDULE_LBLCR_H

#include "locality.h"

#define NOBODY 0xffffffff

/* One walk through a set, the last added first. */
struct members {
	struct weir_locality_key key;
	__u32 wanted;           /* index of a destination; NOBODY once it has been met in the set */
	__u32 busiest;          /* place of the busiest of those that have a weight ... */
	struct price burden;    /* ... and what it has to do; weight 0: there is none */
	struct offer least;     /* the least loaded that may get connections */
};

__noinline int members_turn(struct members *members, __u32 step)
{
	struct weir_locality_key key;
	struct weir_locality *locality;
	struct candidate one = { .weight = 1 };
	__u32 place;
	struct offer offer = {};
	int there;

	if (!members)
		return 1;
	/* Linux 6.1 takes a key from a function's own stack only. */
	key = members->key;
	locality = bpf_map_lookup_elem(&localities, &key);
	if (!locality)
		return 1;
	place = locality->count - 1 - step;
	if (place >= WEIR_LOCALITY_MEMBERS)
		return 1;
	there = locality_candidate(locality->members[place], &one);
	if (one.weight <= 0)
		return 0;
	offer.price = price_wlc(&one);
	offer.index = one.index;
	if (there > 0 && one.index == members->wanted)
		members->wanted = NOBODY;
	if (there > 0 && is_usable(&one))
		offer_take(&members->least, &offer);
	/* What has been deleted and forgotten has nothing to do. */
	if (!members->burden.weight || price_is_less(&members->burden, &offer.price)) {
		members->busiest = place;
		members->burden = offer.price;
	}
	return 0;
}

static long members_step(__u32 step, struct members *members)
{
	return members_turn(members, step) & 1;
}

struct removal {
	struct weir_locality_key key;
	__u32 place;
};

static long removal_step(__u32 step, struct removal *removal)
{
	struct weir_locality *locality = bpf_map_lookup_elem(&localities, &removal->key);
	__u32 place = removal->place + step;

	if (!locality || place >= WEIR_LOCALITY_MEMBERS - 1)
		return 1;
	locality->members[place] = locality->members[place + 1];
	return 0;
}

/* A set that has not changed for long loses its busiest. */
__noinline int members_age(struct weir_service *service, struct members *members)
{
	struct removal removal = {};
	struct weir_locality *locality;
	__u64 now = locality_now();

	if (!service || !members || !members->burden.weight)
		return 0;
	removal.key = members->key;
	removal.place = members->busiest;
	locality = bpf_map_lookup_elem(&localities, &removal.key);
	if (!locality || locality->count <= 1 || now <= locality->changed + locality_expiration(service))
		return 0;
	bpf_loop(WEIR_LOCALITY_MEMBERS, removal_step, &removal, 0);
	locality->count--;
	locality->changed = now;
	return 0;
}

/* A set that is full stays as it is. */
static __always_inline void members_add(struct weir_locality *locality, __u32 index, __u64 now)
{
	__u32 place = locality->count;

	if (place >= WEIR_LOCALITY_MEMBERS)
		return;
	locality->members[place] = locality_member(index);
	locality->count = place + 1;
	locality->changed = now;
}

/* 0 and the least loaded of the address's set, -1 if there is none that will do. */
__noinline int lblcr_recall(struct weir_service *service, struct schedule_flow *flow, __u32 *index)
{
	struct members members = { .wanted = NOBODY };

	if (!service || !flow || !index)
		return -1;
	locality_key(service, flow, &members.key);
	if (!locality_find(service, &members.key, locality_now()))
		return -1;
	bpf_loop(WEIR_LOCALITY_MEMBERS, members_step, &members, 0);
	if (!EXPLAINS)
		members_age(service, &members);
	if (!members.least.price.weight || is_crowded(service, members.least.index))
		return -1;
	*index = members.least.index;
	return 0;
}

__noinline int lblcr_remember(struct weir_service *service, struct schedule_flow *flow, __u32 index)
{
	struct members members = { .wanted = index };
	struct weir_locality *locality;
	__u64 now;

	if (!service || !flow)
		return 0;
	now = locality_now();
	locality_key(service, flow, &members.key);
	locality = locality_add(&members.key, now);
	if (!locality)
		return 0;
	bpf_loop(WEIR_LOCALITY_MEMBERS, members_step, &members, 0);
	if (members.wanted != NOBODY)
		members_add(locality, index, now);
	return 0;
}

static __always_inline int schedule_lblcr(struct weir_service *service, struct schedule_flow *flow, __u32 *index)
{
	if (!lblcr_recall(service, flow, index))
		return 0;
	if (schedule_least(service, WEIR_SCHEDULER_WLC, index))
		return -1;
	return EXPLAINS ? 0 : lblcr_remember(service, flow, *index);
}

#endif
