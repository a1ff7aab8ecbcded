/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Templates: which real server the connections of a client go to while they persist. `templates` finds one by its key, `template_records`
 * has it under its serial number, which its connections keep. Twins: src/lvs/persistence.ts, src/lvs/lifecycle.ts.
 */
#ifndef WEIR_TEMPLATE_H
#define WEIR_TEMPLATE_H

#include "../call/call.h"
#include "../clock.h"
#include "../events/template.h"
#include "../explain/explain.h"

/* The map that has the template of this serial number, if there is one. */
static __always_inline void *template_shard(__u32 serial)
{
	struct weir_settings *settings = weir_settings_get();
	__u32 shard;

	shard = serial & (settings->shards4 - 1);
	return bpf_map_lookup_elem(&template_records, &shard);
}

static __always_inline struct weir_template *template_at(__u32 serial)
{
	void *records = template_shard(serial);

	return records ? explain_copy_template(bpf_map_lookup_elem(records, &serial), serial) : NULL;
}

/*
 * Lets the time of a template pass up to `now`: one that has connections is extended by a minute at each of its ends. True if it is over.
 */
static __always_inline int template_is_over(struct weir_template *template, __u32 now)
{
	__u32 idle = ticks_since(template->seen, now);

	if (idle < template->timeout)
		return 0;
	if ((__s32)template->controlled <= 0)
		return 1;
	idle -= template->timeout;
	template->seen = now - idle % WEIR_TEMPLATE_EXTENSION;
	template->timeout = WEIR_TEMPLATE_EXTENSION;
	return 0;
}

/* Out of the lookup: it runs to its end unseen. */
static __always_inline void template_hide(struct weir_template *template, __u32 serial)
{
	__u32 *found;

	if (!EXPLAINS && (template->flags & WEIR_TEMPLATE_CALL)) {
		call_hide(serial);
	} else if (!EXPLAINS) {
		found = bpf_map_lookup_elem(&templates, &template->key);
		if (found && *found == serial)
			bpf_map_delete_elem(&templates, &template->key);
	}
	template->flags |= WEIR_TEMPLATE_HIDDEN;
}

static __always_inline void template_end(struct weir_template *template, __u32 serial, __u32 kind)
{
	__u32 index = template->destination, is_call = template->flags & WEIR_TEMPLATE_CALL;
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);
	void *records = template_shard(serial);

	tell_template(template, kind);
	template_hide(template, serial);
	if (EXPLAINS || !records || bpf_map_delete_elem(records, &serial))
		return;
	if (is_call)
		call_forget(serial);
	if (load)
		__sync_fetch_and_add(&load->persistent, -1);
}

/* By so many ticks two times may differ that are the same in seconds. */
#define TEMPLATE_TIE 32

/* A connection of it has come to its end at the tick `end`; one that ends together with it no longer holds it. */
static __always_inline void template_release(__u32 serial, __u32 end)
{
	struct weir_template *template = template_at(serial);

	if (!template)
		return;
	/* A sweep may meet connections in any order, the last that ended first. */
	if ((__s32)(end - TEMPLATE_TIE - template->seen) > 0)
		template_is_over(template, end - TEMPLATE_TIE);
	__sync_fetch_and_add(&template->controlled, -1);
}

static __always_inline void template_assure(__u32 serial)
{
	struct weir_template *template = template_at(serial);

	if (template)
		template->flags |= WEIR_TEMPLATE_ASSURED;
}

#endif
