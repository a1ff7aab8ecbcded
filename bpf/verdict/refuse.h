/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_REFUSE_H
#define WEIR_REFUSE_H

#include "../events/drop.h"
#include "count.h"

/* Counts a packet that is not forwarded; its verdict is in the class of the reason. */
static __always_inline int refuse(struct weir_context *ctx, __u32 reason)
{
	count_reason(reason);
	if (reason >> WEIR_REASON_CLASS_SHIFT < WEIR_CLASS_DROP)
		return WEIR_VERDICT_PASS;
	tell_drop(ctx, reason);
	return WEIR_VERDICT_DROP;
}

/* The same for a packet that has been told of before it was changed. */
static __always_inline int drop_told(__u32 reason)
{
	count_reason(reason);
	return WEIR_VERDICT_DROP;
}

#endif
