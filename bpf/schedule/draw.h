/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Drawing destinations by weight. Twin: `drawn` in src/lvs/schedulers/twos.ts. */
#ifndef WEIR_SCHEDULE_DRAW_H
#define WEIR_SCHEDULE_DRAW_H

#include "chance.h"
#include "price.h"

struct draw {
	__u32 first;
	__u32 count;
	__s64 total;              /* weights of all that are usable */
	__s64 left;               /* of the mark, as the weights are passed */
	__u32 except;             /* index that is passed over */
	__u32 found;
	struct candidate one;     /* the one drawn */
};

__noinline int draw_add_turn(struct draw *draw, __u32 position)
{
	struct candidate one;

	if (draw && !candidate_at(draw->first, draw->count, position, &one) && is_usable(&one))
		draw->total += one.weight;
	return 0;
}

static long draw_add(__u32 position, struct draw *draw)
{
	return draw_add_turn(draw, position) & 1;
}

__noinline int draw_turn(struct draw *draw, __u32 position)
{
	struct candidate one;

	if (!draw || candidate_at(draw->first, draw->count, position, &one) || !is_usable(&one) || one.index == draw->except)
		return 0;
	draw->left -= one.weight;
	draw->one = one;
	draw->found = 1;
	return draw->left <= 0;
}

static long draw_step(__u32 position, struct draw *draw)
{
	return draw_turn(draw, position) & 1;
}

#define DRAW_FROM_ALL 0xffffffff

static __always_inline void draw_begin(struct draw *draw, const struct weir_service *service)
{
	draw->first = service->slots;
	draw->count = service->count;
	draw->except = DRAW_FROM_ALL;
	bpf_loop(draw->count, draw_add, draw, 0);
}

/* The first destination at which the weights so far reach `mark`; -1 if nobody is left. */
static __always_inline int draw_at(struct draw *draw, __u64 mark, struct candidate *one)
{
	draw->left = mark;
	draw->found = 0;
	bpf_loop(draw->count, draw_step, draw, 0);
	*one = draw->one;
	return draw->found ? 0 : -1;
}

#endif
