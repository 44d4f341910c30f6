// Command pod-protobuf reads pods as JSON, one a line, and writes each as Kubernetes encodes it in protobuf, behind its
// length in four bytes, the greatest first. What `make bench` replays to clients that ask for protobuf is made by it.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"log"
	"os"

	corev1 "k8s.io/api/core/v1"
)

const longestLine = 8 << 20

func main() {
	log.SetFlags(0)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, longestLine)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	for number := 1; in.Scan(); number++ {
		if err := translate(in.Bytes(), out); err != nil {
			log.Fatalf("pod-protobuf: line %d: %v", number, err)
		}
	}
	if err := in.Err(); err != nil {
		log.Fatalf("pod-protobuf: cannot read the standard input: %v", err)
	}
	if err := out.Flush(); err != nil {
		log.Fatalf("pod-protobuf: cannot write to the standard output: %v", err)
	}
}

func translate(line []byte, out *bufio.Writer) error {
	var pod corev1.Pod
	if err := json.Unmarshal(line, &pod); err != nil {
		return err
	}
	body, err := pod.Marshal()
	if err != nil {
		return err
	}
	if err := binary.Write(out, binary.BigEndian, uint32(len(body))); err != nil {
		return err
	}
	_, err = out.Write(body)
	return err
}
