/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_SCHEDULE_PRICE_H
#define WEIR_SCHEDULE_PRICE_H

#include "scan.h"

/* What a connection costs at a destination, per weight. Weight 0: it is not to be had. */
struct price {
	__u64 cost;
	__u64 weight;
};

/* Exact: a destination has at most 2^24 connections and a weight below 2^31, so that a product fits into 64 bits. */
static __always_inline int price_is_less(const struct price *one, const struct price *other)
{
	if (!one->weight || !other->weight)
		return one->weight != 0;
	return one->cost * other->weight < other->cost * one->weight;
}

/* What a destination has to do: an active connection costs 256 times an inactive one. */
static __always_inline __u64 overhead(const struct candidate *one)
{
	return (__u64)one->active * 256 + one->inactive;
}

#endif
