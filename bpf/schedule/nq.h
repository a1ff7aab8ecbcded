/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Never queue: a destination without an active connection costs nothing, the others what they cost under sed. Twin: src/lvs/schedulers/nq.ts. */
#ifndef WEIR_SCHEDULE_NQ_H
#define WEIR_SCHEDULE_NQ_H

#include "price.h"

static __always_inline struct price price_nq(const struct candidate *one)
{
	return (struct price){ .cost = one->active ? (__u64)one->active + 1 : 0, .weight = one->weight };
}

#endif
