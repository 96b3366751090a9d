// A Vulkan layer that lets Dawn open a device on RADV's "null hardware", an AMD GPU that is not there: RADV compiles for it as for
// any other, but has neither memory nor queues. Here memory is the host's, what would be submitted is dropped, and what the
// compiler says of each compute pipeline is appended to the file that PIPELINE_STATISTICS names.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#define MOST 32

static VkInstance instance;
static PFN_vkGetInstanceProcAddr next_instance_proc;
static PFN_vkGetDeviceProcAddr next_device_proc;
static PFN_vkCreateComputePipelines next_create_pipelines;
static PFN_vkGetBufferMemoryRequirements next_requirements;
static PFN_vkGetPipelineExecutableStatisticsKHR next_statistics;
static PFN_vkGetPipelineExecutableInternalRepresentationsKHR next_representations;

static void *next_layer(const void *chain, VkStructureType type) {
  VkLayerInstanceCreateInfo *link = (VkLayerInstanceCreateInfo *)chain;
  while (link && !(link->sType == type && link->function == VK_LAYER_LINK_INFO)) link = (VkLayerInstanceCreateInfo *)link->pNext;
  return link;
}

static VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *alloc,
                                           VkInstance *out) {
  VkLayerInstanceCreateInfo *link = next_layer(info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  next_instance_proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;
  VkResult result = ((PFN_vkCreateInstance)next_instance_proc(NULL, "vkCreateInstance"))(info, alloc, out);
  if (result == VK_SUCCESS) instance = *out;
  return result;
}

static VkResult VKAPI_CALL create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                                         const VkAllocationCallbacks *alloc, VkDevice *out) {
  VkLayerDeviceCreateInfo *link = next_layer(info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
  if (!link) return VK_ERROR_INITIALIZATION_FAILED;
  PFN_vkGetInstanceProcAddr instance_proc = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
  next_device_proc = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
  link->u.pLayerInfo = link->u.pLayerInfo->pNext;

  const char *names[256];
  uint32_t count = info->enabledExtensionCount < 255 ? info->enabledExtensionCount : 255;
  memcpy(names, info->ppEnabledExtensionNames, count * sizeof *names);
  names[count] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
  VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR feature = {
      .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
      .pNext = (void *)info->pNext,
      .pipelineExecutableInfo = VK_TRUE};
  VkDeviceCreateInfo request = *info;
  request.pNext = &feature;
  request.enabledExtensionCount = count + 1;
  request.ppEnabledExtensionNames = names;
  VkResult result = ((PFN_vkCreateDevice)instance_proc(instance, "vkCreateDevice"))(physical, &request, alloc, out);
  if (result != VK_SUCCESS) return result;
  next_create_pipelines = (void *)next_device_proc(*out, "vkCreateComputePipelines");
  next_requirements = (void *)next_device_proc(*out, "vkGetBufferMemoryRequirements");
  next_statistics = (void *)next_device_proc(*out, "vkGetPipelineExecutableStatisticsKHR");
  next_representations = (void *)next_device_proc(*out, "vkGetPipelineExecutableInternalRepresentationsKHR");
  return result;
}

// A line "PIPELINE", a line for each number, and each text between "TEXT name" and "END".
static void describe(VkDevice device, VkPipeline pipeline, FILE *file) {
  VkPipelineExecutableInfoKHR executable = {.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline};
  VkPipelineExecutableStatisticKHR numbers[MOST] = {0};
  VkPipelineExecutableInternalRepresentationKHR texts[MOST] = {0};
  for (int i = 0; i < MOST; i++) {
    numbers[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
    texts[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
  }
  fprintf(file, "PIPELINE\n");
  uint32_t count = MOST;
  next_statistics(device, &executable, &count, numbers);
  for (uint32_t i = 0; i < count; i++) fprintf(file, "%s\t%llu\n", numbers[i].name, (unsigned long long)numbers[i].value.u64);
  count = MOST;
  next_representations(device, &executable, &count, texts); // their sizes
  for (uint32_t i = 0; i < count; i++) texts[i].pData = calloc(1, texts[i].dataSize + 1);
  next_representations(device, &executable, &count, texts);
  for (uint32_t i = 0; i < count; i++) {
    fprintf(file, "TEXT %s\n%s\nEND\n", texts[i].name, (char *)texts[i].pData);
    free(texts[i].pData);
  }
}

static VkResult VKAPI_CALL create_pipelines(VkDevice device, VkPipelineCache cache, uint32_t count,
                                            const VkComputePipelineCreateInfo *infos, const VkAllocationCallbacks *alloc,
                                            VkPipeline *out) {
  for (uint32_t i = 0; i < count; i++) {
    VkComputePipelineCreateInfo info = infos[i];
    info.flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR | VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
    VkResult result = next_create_pipelines(device, cache, 1, &info, alloc, out + i);
    if (result != VK_SUCCESS) return result;
    const char *path = getenv("PIPELINE_STATISTICS");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file) continue;
    describe(device, out[i], file);
    fclose(file);
  }
  return VK_SUCCESS;
}

static void one_heap(VkPhysicalDeviceMemoryProperties *memory) {
  memset(memory, 0, sizeof *memory);
  memory->memoryTypeCount = memory->memoryHeapCount = 1;
  memory->memoryTypes[0].propertyFlags =
      VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  memory->memoryHeaps[0] = (VkMemoryHeap){16ull << 30, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
}

static void VKAPI_CALL memory_properties(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties *out) { one_heap(out); }

static void VKAPI_CALL memory_properties2(VkPhysicalDevice device, VkPhysicalDeviceMemoryProperties2 *out) {
  one_heap(&out->memoryProperties);
}

static void VKAPI_CALL requirements(VkDevice device, VkBuffer buffer, VkMemoryRequirements *out) {
  next_requirements(device, buffer, out);
  out->memoryTypeBits = 1;
}

static VkResult VKAPI_CALL allocate_memory(VkDevice device, const VkMemoryAllocateInfo *info,
                                           const VkAllocationCallbacks *alloc, VkDeviceMemory *out) {
  *out = (VkDeviceMemory)calloc(1, info->allocationSize);
  return *out ? VK_SUCCESS : VK_ERROR_OUT_OF_DEVICE_MEMORY;
}

static void VKAPI_CALL free_memory(VkDevice device, VkDeviceMemory memory, const VkAllocationCallbacks *alloc) {
  free((void *)memory);
}

static VkResult VKAPI_CALL map_memory(VkDevice device, VkDeviceMemory memory, VkDeviceSize offset, VkDeviceSize size,
                                      VkMemoryMapFlags flags, void **out) {
  *out = (char *)memory + offset;
  return VK_SUCCESS;
}

// Fences, semaphores and descriptor sets are never looked into: any number other than 0 does.
static VkResult VKAPI_CALL create_handle(VkDevice device, const void *info, const void *alloc, uint64_t *out) {
  *out = 1;
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL allocate_sets(VkDevice device, const VkDescriptorSetAllocateInfo *info, VkDescriptorSet *out) {
  for (uint32_t i = 0; i < info->descriptorSetCount; i++) out[i] = (VkDescriptorSet)1;
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL succeed(void) { return VK_SUCCESS; }

typedef struct {
  const char *name;
  void *proc;
} Hook;

static const Hook device_hooks[] = {
    {"vkCreateComputePipelines", create_pipelines},
    {"vkGetBufferMemoryRequirements", requirements},
    {"vkAllocateMemory", allocate_memory},
    {"vkFreeMemory", free_memory},
    {"vkMapMemory", map_memory},
    {"vkUnmapMemory", succeed},
    {"vkBindBufferMemory", succeed},
    {"vkAllocateDescriptorSets", allocate_sets},
    {"vkUpdateDescriptorSets", succeed},
    {"vkCreateFence", create_handle},
    {"vkDestroyFence", succeed},
    {"vkResetFences", succeed},
    {"vkGetFenceStatus", succeed},
    {"vkWaitForFences", succeed},
    {"vkCreateSemaphore", create_handle},
    {"vkDestroySemaphore", succeed},
    {"vkBeginCommandBuffer", succeed},
    {"vkEndCommandBuffer", succeed},
    {"vkResetCommandPool", succeed},
    {"vkFreeCommandBuffers", succeed},
    {"vkDestroyCommandPool", succeed},
    {"vkQueueSubmit", succeed},
    {"vkQueueWaitIdle", succeed},
    {"vkDeviceWaitIdle", succeed},
    {"vkGetQueryPoolResults", succeed},
};

VK_LAYER_EXPORT PFN_vkVoidFunction VKAPI_CALL layer_device_proc(VkDevice device, const char *name) {
  if (!strncmp(name, "vkCmd", 5)) return (PFN_vkVoidFunction)succeed;
  for (size_t i = 0; i < sizeof device_hooks / sizeof *device_hooks; i++)
    if (!strcmp(name, device_hooks[i].name)) return (PFN_vkVoidFunction)device_hooks[i].proc;
  return next_device_proc(device, name);
}

VK_LAYER_EXPORT PFN_vkVoidFunction VKAPI_CALL layer_instance_proc(VkInstance of, const char *name) {
  static const Hook hooks[] = {
      {"vkCreateInstance", create_instance},
      {"vkCreateDevice", create_device},
      {"vkGetInstanceProcAddr", layer_instance_proc},
      {"vkGetDeviceProcAddr", layer_device_proc},
      {"vkGetPhysicalDeviceMemoryProperties", memory_properties},
      {"vkGetPhysicalDeviceMemoryProperties2", memory_properties2},
      {"vkGetPhysicalDeviceMemoryProperties2KHR", memory_properties2},
  };
  for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
    if (!strcmp(name, hooks[i].name)) return (PFN_vkVoidFunction)hooks[i].proc;
  return next_instance_proc ? next_instance_proc(of, name) : NULL;
}
