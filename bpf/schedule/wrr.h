/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Weighted round robin: rounds at falling weights. A round at weight w visits every destination of at least that weight; the next
 * round is `step` lower, and after the lowest comes `max_weight` again. Twin: src/lvs/schedulers/wrr.ts.
 */
#ifndef WEIR_SCHEDULE_WRR_H
#define WEIR_SCHEDULE_WRR_H

#include "scan.h"

/* The next round's weight at which a destination of weight `greatest` takes part: empty rounds are passed over in one go. */
static __always_inline __s32 wrr_lower(const struct weir_service *service, __s32 weight, __s32 greatest)
{
	__u32 rounds;

	weight -= service->step;
	if (weight <= 0)
		weight = service->max_weight;
	if (weight > greatest && service->step > 0) {
		rounds = ((__u32)(weight - greatest) + (__u32)service->step - 1) / (__u32)service->step;
		weight -= rounds * service->step;
	}
	return weight > 0 ? weight : service->max_weight;
}

/* In the middle of the lowest round the kernel comes back to where it was, else to the start of a cycle. */
static __always_inline int wrr_nobody(const struct weir_service *service, struct weir_cursor *cursor)
{
	if (cursor->position == 0 || cursor->current_weight > service->step) {
		cursor->position = 0;
		cursor->current_weight = service->max_weight;
	}
	return -1;
}

static __always_inline int schedule_wrr(const struct weir_service *service, struct weir_cursor *cursor, __u32 *index)
{
	struct scan scan = {
		.first = service->slots,
		.count = service->count,
		.position = cursor->position,
		.at_least = cursor->current_weight,
	};

	if (service->max_weight <= 0)
		return -1;
	/* The rest of the round in progress ... */
	if (scan.position < service->count && scan.at_least > 0 && scan_run(&scan, service->count - scan.position))
		goto chosen;
	/* ... then whole rounds. The first that finds nothing has met every weight, so the second must match. */
	scan.greatest = service->max_weight;
	scan.at_least = wrr_lower(service, scan.at_least, scan.greatest);
	for (int round = 0; round < 3; round++) {
		scan.position = 0;
		scan.greatest = 0;
		if (scan_run(&scan, service->count))
			goto chosen;
		if (scan.greatest <= 0)
			return wrr_nobody(service, cursor);
		scan.at_least = wrr_lower(service, scan.at_least, scan.greatest);
	}
	return -1;
chosen:
	cursor->position = scan.position + 1;
	cursor->current_weight = scan.at_least;
	*index = scan.index;
	return 0;
}

#endif
