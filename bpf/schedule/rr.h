/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Round robin: the next destination after the last choice that may get connections. Twin: src/lvs/schedulers/rr.ts. */
#ifndef WEIR_SCHEDULE_RR_H
#define WEIR_SCHEDULE_RR_H

#include "scan.h"

static __always_inline int schedule_rr(const struct weir_service *service, struct weir_cursor *cursor, __u32 *index)
{
	struct scan scan = {
		.first = service->slots, .count = service->count, .position = cursor->position, .at_least = 1
	};

	if (!scan_run(&scan, service->count))
		return -1;
	cursor->position = scan.position + 1;
	*index = scan.index;
	return 0;
}

#endif
