/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Destination hashing: 256 buckets dealt out in turn, whatever the weights; so a bucket's place is a remainder and needs no table.
 * Twin: src/lvs/schedulers/dh.ts.
 */
#ifndef WEIR_SCHEDULE_DH_H
#define WEIR_SCHEDULE_DH_H

#include "hash.h"

#define DH_BITS 8

static __always_inline int schedule_dh(const struct weir_service *service, const struct schedule_flow *flow, __u32 *index)
{
	__u32 bucket = hash_32(fold_address(flow->target), DH_BITS);
	struct candidate one;

	if (!service->count)
		return -1;
	if (candidate_at(service->slots, service->count, bucket % service->count, &one) || !is_usable(&one))
		return -1;
	*index = one.index;
	return 0;
}

#endif
