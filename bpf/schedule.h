/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_SCHEDULE_H
#define WEIR_SCHEDULE_H

#include "schedule/flow.h"
#include "schedule/rr.h"
#include "schedule/wrr.h"

#define CURSOR_TRIES 8

union cursor_word {
	struct weir_cursor cursor;
	__u64 word;
};

static __always_inline int schedule_with(const struct weir_service *service, const struct schedule_flow *flow,
					 struct weir_cursor *cursor, __u32 *index)
{
	(void)flow;
	switch (service->scheduler) {
	case WEIR_SCHEDULER_RR:
		return schedule_rr(service, cursor, index);
	case WEIR_SCHEDULER_WRR:
		return schedule_wrr(service, cursor, index);
	default:
		return -1;
	}
}

/*
 * Chooses a destination for a new connection; 0 and its index, or -1. Processors agree on the order by compare-and-swap of the
 * cursor; one that loses every try keeps its choice, which is valid, only not in turn. Global so that it is verified once.
 */
__noinline int schedule(struct weir_service *service, struct schedule_flow *flow, __u32 *index)
{
	union cursor_word old, next;
	struct weir_cursor *shared;
	__u64 *word;
	__u32 id;

	if (!service || !flow || !index)
		return -1;
	id = service->id;
	shared = bpf_map_lookup_elem(&cursors, &id);
	if (!shared)
		return -1;
	word = (__u64 *)shared;
	for (int i = 0; i < CURSOR_TRIES; i++) {
		old.word = *(volatile __u64 *)word;
		next = old;
		if (next.cursor.epoch != service->epoch) {
			next.cursor.epoch = service->epoch;
			next.cursor.position = service->position;
			next.cursor.current_weight = service->current_weight;
		}
		if (schedule_with(service, flow, &next.cursor, index))
			return -1;
		if (__sync_val_compare_and_swap(word, old.word, next.word) == old.word)
			return 0;
	}
	return 0;
}

#endif
