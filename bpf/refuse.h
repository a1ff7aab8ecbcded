/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_REFUSE_H
#define WEIR_REFUSE_H

#include "context.h"
#include "count.h"

/* Counts a packet that is not forwarded; its verdict is in the class of the reason. */
static __always_inline int refuse(__u32 reason)
{
	count_reason(reason);
	return reason >> WEIR_REASON_CLASS_SHIFT < WEIR_CLASS_DROP ? WEIR_VERDICT_PASS : WEIR_VERDICT_DROP;
}

#endif
