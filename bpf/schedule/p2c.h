/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Weir's own: two different destinations drawn exactly by weight, of which the one with the shorter expected delay gets the
 * connection. Twin: src/lvs/schedulers/p2c.ts.
 */
#ifndef WEIR_SCHEDULE_P2C_H
#define WEIR_SCHEDULE_P2C_H

#include "draw.h"
#include "sed.h"

__noinline int schedule_p2c(struct weir_service *service, __u32 *index)
{
	struct candidate first, second;
	struct price one, other;
	struct draw draw = {};

	if (!service || !index)
		return -1;
	draw_begin(&draw, service);
	if (!draw.total || draw_at(&draw, chance(draw.total) + 1, &first))
		return -1;
	*index = first.index;
	draw.except = first.index;
	if (draw.total <= first.weight || draw_at(&draw, chance(draw.total - first.weight) + 1, &second))
		return 0;
	one = price_sed(&first);
	other = price_sed(&second);
	if (price_is_less(&other, &one))
		*index = second.index;
	return 0;
}

#endif
