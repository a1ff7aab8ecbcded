/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Walking a service's destinations: what every scheduler is made of. */
#ifndef WEIR_SCHEDULE_SCAN_H
#define WEIR_SCHEDULE_SCAN_H

#include "../connection/threshold.h"
#include "../explain/explain.h"
#include "flow.h"

/* What a scheduler may look at in a destination. */
struct candidate {
	__u32 index;
	__s32 weight;
	__u32 active;
	__u32 inactive;
	__u32 overloaded;
};

/* May a new connection go there: weight not zero, threshold not reached. */
static __always_inline int is_usable(const struct candidate *one)
{
	return one->weight > 0 && !one->overloaded;
}

/* Without the connection that the explained packet ends. */
static __always_inline void candidate_less(const struct weir_destination *destination, struct candidate *one)
{
	__u32 active;

	if (!explain_has_ended(one->index, &active))
		return;
	if (active)
		one->active -= one->active > 0;
	else
		one->inactive -= one->inactive > 0;
	one->overloaded = threshold_judge(destination, one->active + one->inactive, one->overloaded);
}

/* Reads a destination; -1 if the tables do not have it. */
static __always_inline int candidate_read(__u32 index, struct candidate *one)
{
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);

	if (!destination || !load)
		return -1;
	one->index = index;
	one->weight = destination->weight;
	/* One that has drifted below zero, until it is mended. */
	one->active = (__s32)load->active < 0 ? 0 : load->active;
	one->inactive = (__s32)load->inactive < 0 ? 0 : load->inactive;
	one->overloaded = load->overloaded;
	candidate_less(destination, one);
	return 0;
}

/* The destination that a slot of the arena holds. */
static __always_inline int candidate_in(__u32 slot, struct candidate *one)
{
	__u32 *index = bpf_map_lookup_elem(&slots, &slot);

	return index ? candidate_read(*index, one) : -1;
}

/* The destination at `position` of the walk through `count` slots from `first` on; position 0 is the last of them. */
static __always_inline int candidate_at(__u32 first, __u32 count, __u32 position, struct candidate *one)
{
	return position < count ? candidate_in(first + count - 1 - position, one) : -1;
}

struct scan {
	__u32 first;      /* the service's list in the arena ... */
	__u32 count;      /* ... and its length */
	__u32 position;   /* where to look next; at the end: where it matched */
	__s32 at_least;   /* least weight that matches */
	__s32 greatest;   /* out: greatest weight met of those that are usable */
	__u32 found;      /* out */
	__u32 index;      /* out: index of the destination that matched */
};

/* One turn of the walk. Global, as in every loop here: what the verifier has seen once it need not follow through every turn. */
__noinline int scan_turn(struct scan *scan)
{
	struct candidate one;

	if (!scan)
		return 1;
	if (scan->position >= scan->count)
		scan->position = 0;
	if (!candidate_at(scan->first, scan->count, scan->position, &one) && is_usable(&one)) {
		if (one.weight > scan->greatest)
			scan->greatest = one.weight;
		if (one.weight >= scan->at_least) {
			scan->found = 1;
			scan->index = one.index;
			return 1;
		}
	}
	scan->position++;
	return 0;
}

static long scan_step(__u32 step, struct scan *scan)
{
	(void)step;
	return scan_turn(scan) & 1;
}

/* Looks at `steps` destinations from scan->position on, going round at the end, and stops at the first usable of weight >= at_least. */
static __always_inline int scan_run(struct scan *scan, __u32 steps)
{
	scan->found = 0;
	/* Most scans end at once: spare them the call. */
	if (steps && scan_turn(scan))
		return 1;
	if (steps > 1)
		bpf_loop(steps - 1, scan_step, scan, 0);
	return scan->found;
}

#endif
