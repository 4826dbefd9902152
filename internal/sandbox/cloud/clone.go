package cloud

import "reflect"

// clone returns a copy of plain data that shares no memory with it.
func clone[T any](data T) T {
	unshare(reflect.ValueOf(&data).Elem())
	return data
}

// unshare replaces the pointers, maps and slices in a value by copies.
func unshare(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() { // not the parts of a time
				unshare(f)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			copied := reflect.New(v.Type().Elem())
			copied.Elem().Set(v.Elem())
			unshare(copied.Elem())
			v.Set(copied)
		}
	case reflect.Slice:
		if !v.IsNil() {
			copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(copied, v)
			for i := range v.Len() {
				unshare(copied.Index(i))
			}
			v.Set(copied)
		}
	case reflect.Map:
		if !v.IsNil() {
			copied := reflect.MakeMapWithSize(v.Type(), v.Len())
			for entry := v.MapRange(); entry.Next(); {
				value := reflect.New(v.Type().Elem()).Elem()
				value.Set(entry.Value())
				unshare(value)
				copied.SetMapIndex(entry.Key(), value)
			}
			v.Set(copied)
		}
	}
}
