// The access token that every server of these tests is given.
export const token = { id: '7f0a3c52-6f0e-4f5b-9d0e-5d2c1b0a9e8f', secret: 'c2VjcmV0LWZvci10ZXN0cy1vbmx5LW5vdC1mb3ItdXNlCg' };
