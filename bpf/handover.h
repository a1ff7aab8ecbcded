/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From one program to the next on the same packet. A tail call leaves stack and registers behind; what was found out so far goes along
 * in a record of the processor's own. Nothing else runs there in between: both hooks run with bottom halves off.
 * The table is pinned like all others: while programs are replaced, old ones hand over to new ones.
 */
#ifndef WEIR_HANDOVER_H
#define WEIR_HANDOVER_H

#include "carry.h"
#include "schedule/flow.h"

struct handover {
	struct packet packet;
	struct schedule_flow flow; /* what the scheduler is shown of it */
	__u32 now;
};

_Static_assert(sizeof(struct handover) <= WEIR_HANDOVER_SIZE, "a handover must fit its table");

static __always_inline struct handover *handover_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&handovers, &first);
}

#if WEIR_FAMILY == 4
#define WEIR_PROGRAM_START WEIR_PROGRAM_NEW
#else
#define WEIR_PROGRAM_START WEIR_PROGRAM_NEW6
#endif

/* Does not come back, unless the program is not there. */
static __always_inline int hand_over(struct weir_context *ctx, const struct packet *packet, __u32 now, __u32 program)
{
	struct handover *handover = handover_get();

	if (!handover)
		return refuse(WEIR_REASON_INTERNAL);
	handover->packet = *packet;
	handover->now = now;
	bpf_tail_call(ctx, &weir_programs, program);
	return refuse(WEIR_REASON_INTERNAL);
}

#endif
