/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls: templates of the persistence engine `sip`, which are found by a Call-ID besides. `calls` finds one, `call_keys` tells by what. Both
 * tables are there only once a service has the engine. Twins: src/lvs/persistence.ts, src/lvs/sip.ts.
 */
#ifndef WEIR_CALL_H
#define WEIR_CALL_H

#include "../maps.h"

/* Whether the Call-ID of the packet at hand is known (handover->call). */
enum call_stage {
	CALL_UNREAD = 0,
	CALL_MISSING = 1,  /* it has none */
	CALL_READ = 2,
	CALL_MADE = 3,     /* and with it a real server has called a client: the connection is there */
};

/* What the packet at hand is known by. Too long for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_call);
} called SEC(".maps");

static __always_inline struct weir_call *call_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&called, &first);
}

static __always_inline void *call_table(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&calls, &first);
}

static __always_inline void *call_key_table(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&call_keys, &first);
}

/* The serial number of the template of the packet at hand, whose Call-ID has been read; NULL if there is none. */
static __always_inline __u32 *call_find(const struct weir_template_key *key)
{
	struct weir_call *call = call_get();
	void *table = call_table();

	if (!call || !table)
		return NULL;
	call->key = *key;
	return bpf_map_lookup_elem(table, call);
}

/* Makes the template `serial` that of the packet at hand, after call_find. 0, or -1 if there is no room. */
static __always_inline int call_add(__u32 serial)
{
	void *table = call_table(), *keys = call_key_table();
	struct weir_call *call = call_get();

	if (!call || !table || !keys || bpf_map_update_elem(keys, &serial, call, BPF_NOEXIST))
		return -1;
	if (!bpf_map_update_elem(table, call, &serial, BPF_ANY))
		return 0;
	bpf_map_delete_elem(keys, &serial);
	return -1;
}

/* Out of the lookup. */
static __always_inline void call_hide(__u32 serial)
{
	void *table = call_table(), *keys = call_key_table();
	struct weir_call *call;
	__u32 *found;

	call = keys ? bpf_map_lookup_elem(keys, &serial) : NULL;
	if (!call || !table)
		return;
	found = bpf_map_lookup_elem(table, call);
	if (found && *found == serial)
		bpf_map_delete_elem(table, call);
}

static __always_inline void call_forget(__u32 serial)
{
	void *keys = call_key_table();

	if (keys)
		bpf_map_delete_elem(keys, &serial);
}

#endif
