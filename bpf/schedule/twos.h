/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Power of two choices: of two destinations drawn by weight, the one with less overhead per weight. As in the kernel the marks
 * run from 0 to the sum itself. Twin: src/lvs/schedulers/twos.ts.
 */
#ifndef WEIR_SCHEDULE_TWOS_H
#define WEIR_SCHEDULE_TWOS_H

#include "draw.h"

__noinline int schedule_twos(struct weir_service *service, __u32 *index)
{
	struct candidate first, second;
	struct draw draw = {};
	__u64 marks[2];

	if (!service || !index)
		return -1;
	draw_begin(&draw, service);
	if (!draw.total)
		return -1;
	marks[0] = chance(draw.total + 1);
	marks[1] = chance(draw.total + 1);
	if (draw_at(&draw, marks[0], &first) || draw_at(&draw, marks[1], &second))
		return -1;
	*index = second.weight * overhead(&first) > first.weight * overhead(&second) ? second.index : first.index;
	return 0;
}

#endif
