/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shortest expected delay: the least (active + 1) per weight; inactive connections cost nothing. Twin: src/lvs/schedulers/sed.ts. */
#ifndef WEIR_SCHEDULE_SED_H
#define WEIR_SCHEDULE_SED_H

#include "price.h"

static __always_inline struct price price_sed(const struct candidate *one)
{
	return (struct price){ .cost = (__u64)one->active + 1, .weight = one->weight };
}

#endif
