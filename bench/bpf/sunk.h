/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets that the far end of a measurement has swallowed: it counts them, and who keeps a pace by them looks at them. */
#ifndef WEIR_BENCH_SUNK_H
#define WEIR_BENCH_SUNK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sunk SEC(".maps");

#endif
