/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Walking a service's destinations: what every scheduler is made of. */
#ifndef WEIR_SCHEDULE_SCAN_H
#define WEIR_SCHEDULE_SCAN_H

#include "../maps.h"

/* The destination at `position` in walk order, and its index; NULL if the tables do not have it. */
static __always_inline struct weir_destination *scan_destination(__u32 first, __u32 count, __u32 position, __u32 *index)
{
	__u32 slot = first + count - 1 - position;
	__u32 *found = bpf_map_lookup_elem(&slots, &slot);

	if (!found)
		return NULL;
	*index = *found;
	return bpf_map_lookup_elem(&destinations, index);
}

struct scan {
	__u32 first;      /* the service's list in the arena ... */
	__u32 count;      /* ... and its length */
	__u32 position;   /* where to look next; at the end: where it matched */
	__s32 at_least;   /* least weight that matches */
	__s32 greatest;   /* out: greatest weight met */
	__u32 found;      /* out */
	__u32 index;      /* out: index of the destination that matched */
};

static long scan_step(__u32 step, struct scan *scan)
{
	struct weir_destination *destination;
	struct weir_load *load;
	__u32 index = 0;

	(void)step;
	if (scan->position >= scan->count)
		scan->position = 0;
	destination = scan_destination(scan->first, scan->count, scan->position, &index);
	load = bpf_map_lookup_elem(&loads, &index);
	if (destination && load && !load->overloaded) {
		if (destination->weight > scan->greatest)
			scan->greatest = destination->weight;
		if (destination->weight >= scan->at_least) {
			scan->found = 1;
			scan->index = index;
			return 1;
		}
	}
	scan->position++;
	return 0;
}

/* Looks at `steps` destinations from scan->position on, going round at the end, and stops at the first of weight >= at_least. */
static __always_inline int scan_run(struct scan *scan, __u32 steps)
{
	scan->found = 0;
	/* Most scans end at once: spare them the call. */
	if (steps && scan_step(0, scan))
		return 1;
	if (steps > 1)
		bpf_loop(steps - 1, scan_step, scan, 0);
	return scan->found;
}

#endif
