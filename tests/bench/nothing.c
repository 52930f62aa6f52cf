// A program that opens nothing: its start is what a library in it costs everybody.
int main(void) { return 0; }
