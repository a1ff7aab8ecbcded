/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The sum over what the frame does not hold of a long datagram. TC only: nothing is put together elsewhere. */
#ifndef WEIR_FRAGMENT_REST_H
#define WEIR_FRAGMENT_REST_H

#if defined(WEIR_TC)

#include "../checksum/sum.h"
#include "reassembly.h"

struct rest_run {
	struct reassembly *place;
	__u32 from;
	__u32 left;
	__u32 sum;
};

static long rest_step(__u32 step, struct rest_run *run)
{
	__u32 from = run->from, length = run->left < SUM_CHUNK ? run->left : SUM_CHUNK;

	(void)step;
	if (length == 0)
		return 1;
	asm volatile("" : "+r"(from));
	if (from > DATAGRAM_LONGEST)
		return 1;
	length = (length - 1) & (SUM_CHUNK - 1);
	run->sum = bpf_csum_diff(NULL, 0, (__be32 *)(run->place->bytes + from), (length & ~3u) + 4, run->sum);
	run->from += length + 1;
	run->left -= length + 1;
	return 0;
}

/*
 * Adds the `rest` bytes of the datagram at hand to `sum`. They begin in the middle of the data, at an even place of the packet. Behind its last
 * byte the datagram is filled up with zeros to a word. Global, so that it is verified once.
 */
__noinline __u32 rest_sum(__u32 rest, __u32 sum)
{
	struct rest_run run = { .from = DATAGRAM_HELD, .left = rest, .sum = sum };
	struct cut *cut = cut_get();
	__u32 end = DATAGRAM_HELD + rest;

	run.place = cut ? reassembly_at(cut->place) : NULL;
	if (!run.place || rest > DATAGRAM_LONGEST - DATAGRAM_HELD)
		return sum;
	asm volatile("" : "+r"(end));
	if (end > DATAGRAM_LONGEST)
		return sum;
	for (int i = 0; i < 3; i++)
		run.place->bytes[end + i] = 0;
	bpf_loop(DATAGRAM_LONGEST / SUM_CHUNK, rest_step, &run, 0);
	return run.sum;
}

#else

static __always_inline __u32 rest_sum(__u32 rest, __u32 sum)
{
	(void)rest;
	return sum;
}

#endif

#endif
