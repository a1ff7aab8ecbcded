/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Fail over: the greatest weight, which is the least price if a connection costs the same everywhere. Twin: src/lvs/schedulers/fo.ts. */
#ifndef WEIR_SCHEDULE_FO_H
#define WEIR_SCHEDULE_FO_H

#include "price.h"

static __always_inline struct price price_fo(const struct candidate *one)
{
	return (struct price){ .cost = 1, .weight = one->weight };
}

#endif
