/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Weighted least connection: the least overhead per weight. Twin: src/lvs/schedulers/wlc.ts. */
#ifndef WEIR_SCHEDULE_WLC_H
#define WEIR_SCHEDULE_WLC_H

#include "price.h"

static __always_inline struct price price_wlc(const struct candidate *one)
{
	return (struct price){ .cost = overhead(one), .weight = one->weight };
}

#endif
