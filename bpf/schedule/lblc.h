/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Locality-based least connection: an address that clients ask for stays at its destination until that is overloaded while another
 * is at less than half of its weight. Twin: src/lvs/schedulers/lblc.ts.
 */
#ifndef WEIR_SCHEDULE_LBLC_H
#define WEIR_SCHEDULE_LBLC_H

#include "locality.h"

/* 0 and the destination that is remembered for the address, -1 if there is none that will do. */
__noinline int lblc_recall(struct weir_service *service, struct schedule_flow *flow, __u32 *index)
{
	struct weir_locality_key key;
	struct weir_locality *locality;
	struct candidate known;

	if (!service || !flow || !index)
		return -1;
	locality_key(service, flow, &key);
	locality = locality_find(service, &key, locality_now());
	if (!locality || !locality->count || locality_candidate(locality->members[0], &known) <= 0 || known.weight <= 0 ||
	    is_crowded(service, known.index))
		return -1;
	*index = known.index;
	return 0;
}

__noinline int lblc_remember(struct weir_service *service, struct schedule_flow *flow, __u32 index)
{
	struct weir_locality_key key;
	struct weir_locality *locality;

	if (!service || !flow)
		return 0;
	locality_key(service, flow, &key);
	locality = locality_add(&key, locality_now());
	if (locality) {
		locality->members[0] = locality_member(index);
		locality->count = 1;
	}
	return 0;
}

static __always_inline int schedule_lblc(struct weir_service *service, struct schedule_flow *flow, __u32 *index)
{
	if (!lblc_recall(service, flow, index))
		return 0;
	if (schedule_least(service, WEIR_SCHEDULER_WLC, index))
		return -1;
	return EXPLAINS ? 0 : lblc_remember(service, flow, *index);
}

#endif
