/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables. All are pinned; sizes given here are the smallest, user space sets the real ones before loading. */
#ifndef WEIR_MAPS_H
#define WEIR_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "family.h"

#define WEIR_SHARDS 1024

/* Sizes, not types: clang leaves structures that only an inner map names out of the BTF. */
struct weir_shard4 {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(struct weir_flow4));
	__uint(value_size, sizeof(struct weir_connection4));
};

struct weir_shard6 {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(struct weir_flow6));
	__uint(value_size, sizeof(struct weir_connection6));
};

/* The connection tables: preallocated hashes, so that an insertion never asks the allocator and a sweep takes one at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, WEIR_SHARDS);
	__type(key, __u32);
	__array(values, struct weir_shard4);
} connections4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, WEIR_SHARDS);
	__type(key, __u32);
	__array(values, struct weir_shard6);
} connections6 SEC(".maps");

struct weir_partner_shard4 {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(struct weir_flow4));
	__uint(value_size, sizeof(struct weir_partner4));
};

struct weir_partner_shard6 {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(struct weir_flow6));
	__uint(value_size, sizeof(struct weir_partner6));
};

/* Partners of full NAT, in shards as the connections are; empty until a family has a source. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, WEIR_SHARDS);
	__type(key, __u32);
	__array(values, struct weir_partner_shard4);
} partners4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, WEIR_SHARDS);
	__type(key, __u32);
	__array(values, struct weir_partner_shard6);
} partners6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_SOURCE_LISTS * WEIR_SOURCES);
	__type(key, __u32);
	__type(value, struct weir_source);
} sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct weir_service_key);
	__type(value, struct weir_service);
} services SEC(".maps");

/*
 * With nat_icmp_send: masqueraded real servers by their own address and port and by the protocol of their service, 0 if that has a mark.
 * Indices into destinations. User space alone writes it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct weir_service_key);
	__type(value, __u32);
} servers SEC(".maps");

/* Rules that give packets to a virtual address, port (0: any) and protocol a firewall mark. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct weir_service_key);
	__type(value, __u32);
} marks SEC(".maps");

/* Serial numbers of templates by what they are known by. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct weir_template_key);
	__type(value, __u32);
} templates SEC(".maps");

struct weir_template_shard {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct weir_template));
};

/* The templates by their serial numbers, in as many shards as the connections of IPv4. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, WEIR_SHARDS);
	__type(key, __u32);
	__array(values, struct weir_template_shard);
} template_records SEC(".maps");

struct weir_call_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(struct weir_call));
	__uint(value_size, sizeof(__u32));
};

struct weir_call_key_table {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct weir_call));
};

/* Serial numbers of templates of calls by what they are known by, and the other way round; empty until a service has calls. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct weir_call_table);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct weir_call_key_table);
} call_keys SEC(".maps");

/* Real servers that may call clients, by their own address and port. User space alone writes it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct weir_service_key);
	__type(value, struct weir_caller);
} callers SEC(".maps");

/*
 * What all replies from an address and port of masqueraded real servers have in common, in the form of a reply entry: the VIP and its port.
 * Of either family. User space alone writes it; see origin.h.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct weir_service_key);
	__type(value, struct weir_connection6);
} origins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_progress);
} progress SEC(".maps");

/* One arena for the destination lists of all services, and for what is prepared for their schedulers. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} slots SEC(".maps");

struct weir_chunk {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_CHUNK_PAGES);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct weir_page));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, WEIR_CHUNKS);
	__type(key, __u32);
	__array(values, struct weir_chunk);
} tables SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_cell);
} cells SEC(".maps");

/* Most directors never use it, and one that cannot remember an address still forwards: so it asks the allocator when it grows. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct weir_locality_key);
	__type(value, struct weir_locality);
} localities SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_cursor);
} cursors SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_destination);
} destinations SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_load);
} loads SEC(".maps");

/* What a round of the sweeper has counted so far; the sweeper's own. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_load);
} recounts SEC(".maps");

/* By destination. Handshakes count in it, a few times a connection: the processors share it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_signals);
} signals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_counters);
} service_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_counters);
} destination_counters SEC(".maps");

/* What the counters showed when they were last zeroed; user space's own. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_counters);
} service_bases SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct weir_counters);
} destination_bases SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, WEIR_REASONS);
	__type(key, __u32);
	__type(value, __u64);
} reasons SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WEIR_INTERFACE_SLOTS);
	__type(key, __u32);
	__type(value, struct weir_interface);
} interfaces SEC(".maps");

/* Tables of one entry that most packets ask are variables: the programs know where they lie, and look nothing up. */
struct weir_settings settings SEC(".data.settings");
struct weir_interest interest SEC(".data.interest");

/* struct handover of handover.h, whatever the family. */
#define WEIR_HANDOVER_SIZE 512

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, WEIR_HANDOVER_SIZE);
} handovers SEC(".maps");

/* What the attached programs hand packets over to, by enum weir_program. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, WEIR_PROGRAMS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} tc_programs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, WEIR_PROGRAMS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} xdp_programs SEC(".maps");

/* Not 0 while somebody captures, and where the frames go then; see tap.h. */
__u32 tapping SEC(".data.tapping");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} taps SEC(".maps");

/* Events that wait for user space, of struct weir_event; see events/teller.h. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, WEIR_EVENT_RING);
} events SEC(".maps");

/* For packets, and for the sweeper. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct weir_teller);
} tellers SEC(".maps");

static __always_inline struct weir_settings *weir_settings_get(void)
{
	return &settings;
}

#endif
