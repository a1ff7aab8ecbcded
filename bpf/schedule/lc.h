/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Least connection: the least overhead, weights only as zero or not. Twin: src/lvs/schedulers/lc.ts. */
#ifndef WEIR_SCHEDULE_LC_H
#define WEIR_SCHEDULE_LC_H

#include "price.h"

static __always_inline struct price price_lc(const struct candidate *one)
{
	return (struct price){ .cost = overhead(one), .weight = 1 };
}

#endif
