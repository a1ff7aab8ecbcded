/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_TC
#define WEIR_FAMILY 4
#include <stddef.h>
#include "sweep/sweep.h"

struct template_run {
	__u32 now;
	__u32 defend;
	__u32 templates;
};

static long sweep_template(struct bpf_map *records, const __u32 *key, struct weir_template *template, struct template_run *run)
{
	__u32 serial = *key, index = template->destination;
	struct weir_settings *settings = weir_settings_get();
	int is_free = (__s32)template->controlled <= 0;
	struct weir_load *load;

	(void)records;
	if (template_is_over(template, run->now) || (is_free && is_of_deleted(settings, index))) {
		template_end(template, serial, WEIR_EVENT_CLOSED);
		return 0;
	}
	if (run->defend && is_free && !(template->flags & WEIR_TEMPLATE_ASSURED) &&
	    !(bpf_get_prandom_u32() & DEFENCE_PARTS_MASK)) {
		template_end(template, serial, WEIR_EVENT_EVICTED);
		return 0;
	}
	run->templates++;
	load = bpf_map_lookup_elem(&recounts, &index);
	if (load)
		load->persistent++;
	return 0;
}

/* The templates of a shard, of both families, after all connections: connections that ended in this round no longer hold theirs. */
SEC("syscall")
int weir_sweep_templates(struct weir_sweep *sweep)
{
	struct weir_settings *settings = weir_settings_get();
	struct template_run run = {};
	__u32 shard = sweep->shard;
	void *records = bpf_map_lookup_elem(&template_records, &shard);

	if (!records)
		return -1;
	run.now = sweep_ticks(settings);
	run.defend = sweep->defend && settings->drop_entry == WEIR_ALWAYS;
	bpf_for_each_map_elem(records, sweep_template, &run, 0);
	sweep->now = run.now;
	sweep->requests = run.templates;
	return 0;
}

/* Adds a difference to the load counters, atomically against packets that count at the same time, and judges the thresholds anew. */
SEC("syscall")
int weir_mend(struct weir_mend *mend)
{
	__u32 index = mend->destination;
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);

	if (!load)
		return -1;
	__sync_fetch_and_add(&load->active, mend->active);
	__sync_fetch_and_add(&load->inactive, mend->inactive);
	__sync_fetch_and_add(&load->persistent, mend->persistent);
	load_judge(load, index, 0);
	cell_touch(index);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
