/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the packet would have changed of the director's tables: copies of entries, the connection that it makes, and the one that it ends. Part of explain.h. */
#ifndef WEIR_EXPLAIN_COPIES_H
#define WEIR_EXPLAIN_COPIES_H

#include "record.h"

/* Copies of connections: the one of the packet, and the entry of its other direction. */
#define EXPLAIN_COPIES 2

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EXPLAIN_COPIES);
	__type(key, __u32);
	__type(value, struct weir_connection);
} copies SEC(".maps");

/* The connection that the packet would have made, which the next program finds as it would find one in the table. */
struct made {
	struct weir_flow flow;
	struct weir_connection entry;
	struct weir_partner partner;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct made);
} makings SEC(".maps");

/* The entry that was made under `flow`, if one was. Not inlined: what it needs of the stack is free again after it. */
static __noinline struct made *explain_made(const struct weir_flow *flow)
{
	struct weir_explanation *explanation = explanation_get();
	__u32 first = 0;
	struct made *made = bpf_map_lookup_elem(&makings, &first);

	if (!explanation || !explanation->made || !made)
		return NULL;
	return address_equal(made->flow.source, flow->source) && address_equal(made->flow.target, flow->target) &&
			       made->flow.source_port == flow->source_port && made->flow.target_port == flow->target_port &&
			       made->flow.protocol == flow->protocol ?
		       made :
		       NULL;
}

static __always_inline struct weir_connection *explain_made_entry(const struct weir_flow *flow)
{
	struct made *made = explain_made(flow);

	return made ? &made->entry : NULL;
}

static __always_inline struct weir_partner *explain_made_partner(const struct weir_flow *flow)
{
	struct made *made = explain_made(flow);

	return made && made->entry.method == WEIR_METHOD_FULL_NAT ? &made->partner : NULL;
}

/* Makes a connection of which only those who explain know; its entry. */
static __always_inline struct weir_connection *explain_making(const struct weir_flow *flow, const struct weir_connection *entry)
{
	struct weir_explanation *explanation = explanation_get();
	__u32 first = 0;
	struct made *made = bpf_map_lookup_elem(&makings, &first);

	if (!explanation || !made)
		return NULL;
	explanation->made = 1;
	made->flow = *flow;
	made->entry = *entry;
	return &made->entry;
}

static __always_inline void explain_making_partner(const struct weir_partner *partner)
{
	__u32 first = 0;
	struct made *made = bpf_map_lookup_elem(&makings, &first);

	if (made)
		made->partner = *partner;
}

/* A connection that the packet ends no longer counts at its destination. */
static __always_inline void explain_end(__u32 destination, __u32 active)
{
	struct weir_explanation *explanation = explanation_get();

	if (!explanation)
		return;
	explanation->ended = 1;
	explanation->ended_destination = destination;
	explanation->ended_active = active;
}

/* 1 if a connection of this destination has ended, which was active or not. */
static __always_inline int explain_has_ended(__u32 destination, __u32 *active)
{
	struct weir_explanation *explanation = explanation_get();

	if (!explanation || !explanation->ended || explanation->ended_destination != destination)
		return 0;
	*active = explanation->ended_active;
	return 1;
}

static __always_inline struct weir_connection *explain_copy(const struct weir_connection *entry, __u32 place)
{
	struct weir_connection *copy = bpf_map_lookup_elem(&copies, &place);

	if (!copy || !entry)
		return NULL;
	*copy = *entry;
	return copy;
}

/* A copy of the template of this number, the same for all who ask for it. */
static __always_inline struct weir_template *explain_copy_template(const struct weir_template *template, __u32 serial)
{
	struct weir_explanation *explanation = explanation_get();

	if (!explanation || !template)
		return NULL;
	if (explanation->serial != serial) {
		explanation->serial = serial;
		explanation->template = *template;
	}
	return &explanation->template;
}

#endif
