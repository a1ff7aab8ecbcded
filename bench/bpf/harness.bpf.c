/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The root of a measurement with BPF_PROG_TEST_RUN: restores the frame, which the last run has changed, and goes over into the
 * program under test. The kernel repeats this as often as it is asked and the frame stays the same memory throughout.
 */
#include "frame.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct frame_plan);
} plans SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} under_test SEC(".maps");

SEC("xdp")
int bench_root(struct xdp_md *ctx)
{
	long length = (long)ctx->data_end - (long)ctx->data;
	struct frame_plan *plan;
	__u32 first = 0;

	plan = bpf_map_lookup_elem(&plans, &first);
	if (!plan)
		return XDP_ABORTED;
	/* A tunnel has put headers in front. What a program cuts off or adds at the end is not put back. */
	if (length != FRAME_BYTES && bpf_xdp_adjust_head(ctx, (int)(length - FRAME_BYTES)))
		return XDP_ABORTED;
	if ((void *)(long)ctx->data + FRAME_BYTES > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	frame_write(plan, (void *)(long)ctx->data);
	bpf_tail_call(ctx, &under_test, 0);
	return XDP_ABORTED;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
