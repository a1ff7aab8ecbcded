/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Overflow: the greatest weight among those whose active connections do not exceed their weight. Twin: src/lvs/schedulers/ovf.ts. */
#ifndef WEIR_SCHEDULE_OVF_H
#define WEIR_SCHEDULE_OVF_H

#include "price.h"

static __always_inline struct price price_ovf(const struct candidate *one)
{
	return (struct price){ .cost = 1, .weight = one->active <= (__u32)one->weight ? one->weight : 0 };
}

#endif
