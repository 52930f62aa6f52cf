// What the kernel calls when a signal comes: rows of small entries, each good for one number, so that the address alone
// tells which handler of the program, or which look of the default action, it stands for (signals.h).
//
// lifeguard_chain_entries: notes the signal, then jumps to the program's own handler with the registers and the stack
// just as the kernel left them: it returns to the kernel's frame itself and cannot tell that anything stood before it.
// lifeguard_default_entries: stand where the default action would end the process.

#define ENTRIES 256
#define DEFAULTS 64

    .text
    .p2align 4
    .globl  lifeguard_chain_entries
    .hidden lifeguard_chain_entries
    .type   lifeguard_chain_entries, @function
lifeguard_chain_entries:
    .cfi_startproc
    .set    number, 0
    .rept   ENTRIES
    .p2align 4
    movl    $number, %ecx
    jmp     lifeguard_chain
    .set    number, number + 1
    .endr
    .p2align 4
    .cfi_endproc
    .size   lifeguard_chain_entries, .-lifeguard_chain_entries

    .globl  lifeguard_default_entries
    .hidden lifeguard_default_entries
    .type   lifeguard_default_entries, @function
lifeguard_default_entries:
    .cfi_startproc
    .set    number, 0
    .rept   DEFAULTS
    .p2align 4
    jmp     lifeguard_ended_by      // (signal, info, context): which entry it was does not matter here
    .set    number, number + 1
    .endr
    .p2align 4
    .cfi_endproc
    .size   lifeguard_default_entries, .-lifeguard_default_entries

    .type   lifeguard_chain, @function
lifeguard_chain:
    .cfi_startproc
    pushq   %rdi
    .cfi_adjust_cfa_offset 8
    pushq   %rsi
    .cfi_adjust_cfa_offset 8
    pushq   %rdx
    .cfi_adjust_cfa_offset 8
    call    lifeguard_chained       // (signal, info, context, number): the program's handler
    movq    %rax, %r11
    popq    %rdx
    .cfi_adjust_cfa_offset -8
    popq    %rsi
    .cfi_adjust_cfa_offset -8
    popq    %rdi
    .cfi_adjust_cfa_offset -8
    xorl    %eax, %eax
    jmp     *%r11
    .cfi_endproc
    .size   lifeguard_chain, .-lifeguard_chain

    .section .note.GNU-stack,"",@progbits
