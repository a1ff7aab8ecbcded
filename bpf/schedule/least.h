/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The destination with the least price, the one met first of equals: the schedulers that look at everybody differ in what the price
 * is. Twin: src/lvs/schedulers/load.ts.
 *
 * Of a list longer than a cell it is remembered which destination of each cell was the best, so that only those cells are walked
 * whose load has changed since: a list of 4,096 is 64 cells. The choice is the same as without.
 */
#ifndef WEIR_SCHEDULE_LEAST_H
#define WEIR_SCHEDULE_LEAST_H

#include "cell.h"
#include "fo.h"
#include "lc.h"
#include "nq.h"
#include "ovf.h"
#include "sed.h"
#include "wlc.h"

static __always_inline struct price price_of(__u32 scheduler, const struct candidate *one)
{
	switch (scheduler) {
	case WEIR_SCHEDULER_LC:
		return price_lc(one);
	case WEIR_SCHEDULER_SED:
		return price_sed(one);
	case WEIR_SCHEDULER_NQ:
		return price_nq(one);
	case WEIR_SCHEDULER_FO:
		return price_fo(one);
	case WEIR_SCHEDULER_OVF:
		return price_ovf(one);
	default:
		return price_wlc(one);
	}
}

/* A price and whose it is: the index of a destination, and its slot within the cell. */
struct offer {
	struct price price;
	__u32 index;
	__u32 slot;
};

struct least {
	__u32 first;
	__u32 count;
	__u32 position;
	__u32 scheduler;
	__u32 cells;      /* 1: the list has cells */
	__u32 epoch;
	__u32 changes;    /* of the cell that is being walked, when the walk of it began */
	struct offer best;
	struct offer in_cell;
};

static __always_inline void offer_take(struct offer *best, const struct offer *other)
{
	if (price_is_less(&other->price, &best->price))
		*best = *other;
}

/* Takes the destination of a slot where it is better. */
__noinline int offer_slot(__u32 slot, __u32 scheduler, struct offer *best)
{
	struct candidate one;
	struct offer offer;

	if (!best || candidate_in(slot, &one) || !is_usable(&one))
		return 0;
	offer.price = price_of(scheduler, &one);
	offer.index = one.index;
	offer.slot = slot % WEIR_CELL_SLOTS;
	offer_take(best, &offer);
	return 0;
}

/* True if what is remembered of the cell still holds; its best destination has been offered then. */
__noinline int cell_is_known(struct least *least, __u32 slot)
{
	struct weir_cell *cell = cell_of(slot);
	__u64 best;
	__u32 place;

	if (!least || !cell)
		return 0;
	__builtin_memset(&least->in_cell, 0, sizeof(least->in_cell));
	least->changes = *(volatile __u32 *)&cell->changes;
	best = *(volatile __u64 *)&cell->best;
	if (best >> 16 != ((__u64)least->changes << 16 | least->epoch))
		return 0;
	place = best & 0xffff;
	if (place < WEIR_CELL_SLOTS)
		offer_slot(slot - slot % WEIR_CELL_SLOTS + place, least->scheduler, &least->best);
	return 1;
}

static __always_inline void cell_remember(const struct least *least, __u32 slot)
{
	struct weir_cell *cell = cell_of(slot);
	__u32 place = least->in_cell.price.weight ? least->in_cell.slot : WEIR_CELL_SLOTS;

	if (cell)
		*(volatile __u64 *)&cell->best = (__u64)least->changes << 32 | least->epoch << 16 | place;
}

static long least_step(__u32 step, struct least *least)
{
	__u32 slot = least->first + least->count - 1 - least->position;
	__u32 place = slot % WEIR_CELL_SLOTS;

	(void)step;
	if (!least->cells) {
		offer_slot(slot, least->scheduler, &least->best);
	} else if ((least->position == 0 || place == WEIR_CELL_SLOTS - 1) && cell_is_known(least, slot)) {
		least->position += place;
	} else {
		offer_slot(slot, least->scheduler, &least->in_cell);
		if (place == 0) {
			cell_remember(least, slot);
			offer_take(&least->best, &least->in_cell);
		}
	}
	least->position++;
	return least->position >= least->count;
}

/* Chooses by the price of `scheduler`; 0 and the index of the destination, or -1. Global so that it is verified once. */
__noinline int schedule_least(struct weir_service *service, __u32 scheduler, __u32 *index)
{
	struct least least = {};

	if (!service || !index)
		return -1;
	least.first = service->slots;
	least.count = service->count;
	least.scheduler = scheduler;
	least.cells = !EXPLAINS && service->epoch && service->count > WEIR_CELL_SLOTS;
	least.epoch = service->epoch;
	if (!least.count)
		return -1;
	bpf_loop(least.count, least_step, &least, 0);
	if (!least.best.price.weight)
		return -1;
	*index = least.best.index;
	return 0;
}

#endif
