/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In which part of the connection table a flow belongs. Twin: src/engine/ebpf/maps/shards.ts. */
#ifndef WEIR_SHARD_H
#define WEIR_SHARD_H

#include "../maps.h"

#define WEIR_SHARD_SHIFT 22 /* leaves as many bits as WEIR_SHARDS has numbers */

/* Ports vary most; the constant is 2^32 divided by the golden ratio (Knuth, multiplicative hashing). */
static __always_inline __u32 shard_of(const struct weir_settings *settings, const struct weir_flow *flow)
{
	__u32 ports = ((__u32)flow->source_port << 16) | flow->target_port;
	__u32 shard = ((address_fold(flow->source) ^ address_fold(flow->target) ^ ports) * 0x9e3779b1u) >> WEIR_SHARD_SHIFT;

	return shard & (settings_shards(settings) - 1);
}

#endif
