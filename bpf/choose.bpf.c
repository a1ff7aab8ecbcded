/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Asks a scheduler without a packet: to compare its choices with the specification's, and to measure what they cost. */
#define WEIR_FAMILY 4
#include <stddef.h>
#include "schedule/schedule.h"

struct choosing {
	struct weir_service_key key;
	struct schedule_flow flow;
	__u32 index;
	__u32 chosen;
};

static long choose_step(__u32 step, struct choosing *choosing)
{
	struct weir_service *service = bpf_map_lookup_elem(&services, &choosing->key);
	__u32 index = 0;

	(void)step;
	if (!service)
		return 1;
	if (schedule(service, &choosing->flow, &index))
		return 0;
	choosing->index = index;
	choosing->chosen++;
	cell_touch(index);
	return 0;
}

SEC("syscall")
int weir_choose(struct weir_choice *choice)
{
	struct choosing choosing = {
		.key = { .port = choice->port, .protocol = choice->protocol, .family = choice->family },
		.flow = { .source_port = choice->source_port },
	};
	__u64 begin;

	for (int i = 0; i < 4; i++) {
		choosing.key.address[i] = choice->address[i];
		choosing.flow.source[i] = choice->source[i];
		choosing.flow.target[i] = choice->target[i];
	}
	begin = bpf_ktime_get_ns();
	bpf_loop(choice->times, choose_step, &choosing, 0);
	choice->elapsed = bpf_ktime_get_ns() - begin;
	choice->index = choosing.index;
	choice->chosen = choosing.chosen;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
