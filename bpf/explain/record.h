/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is written down of a packet: the record, and its next step. Part of explain.h. */
#ifndef WEIR_EXPLAIN_RECORD_H
#define WEIR_EXPLAIN_RECORD_H

#include "../maps.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct weir_explanation);
} explanations SEC(".maps");

static __always_inline struct weir_explanation *explanation_get(void)
{
	__u32 first = 0;

	return bpf_map_lookup_elem(&explanations, &first);
}

/* The next step, of this kind and otherwise zero; NULL if there is no room. */
static __always_inline struct weir_step *explain(__u8 kind)
{
	struct weir_explanation *explanation = explanation_get();
	struct weir_step *step;
	__u32 place;

	if (!explanation)
		return NULL;
	place = explanation->count;
	if (place >= WEIR_STEPS)
		return NULL;
	explanation->count = place + 1;
	step = &explanation->steps[place];
	step->kind = kind;
	step->family = FAMILY;
	return step;
}

#endif
